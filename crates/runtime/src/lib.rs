//! A runner as Launchway programs see it: inputs, event, outputs, summary, annotations, masks, logs.
