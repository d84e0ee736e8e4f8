/** The greeting for a name; for everybody without one. */
export function greet(name?: string): string;
