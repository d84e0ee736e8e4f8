//! No long input without its twin.

use launchway_runtime::inputs::InputDecl;

use super::{action, container, setup, source};

/// Words in a description by which an input can be long, whatever its type.
const LONG: &[&str] = &["as JSON", "one per line", "Markdown", "per line"];

/// Inputs whose description says so and that are short all the same: numbers and names.
const SHORT: &[&str] = &[];

fn reads_long(input: &InputDecl) -> bool {
    !input.name.contains("-file")
        && !SHORT.contains(&input.name.as_str())
        && !input.boolean
        && input.choices.is_empty()
        && LONG.iter().any(|word| input.description.contains(word))
}

#[test]
fn every_long_input_of_every_action_can_be_a_file() {
    let mut seen = 0;
    // The launcher's own action has one input, of a handful of words.
    for action in source::actions().iter().filter(|action| action.words != [setup::WORD]) {
        let yml = action::render(action, "");
        for input in &action.inputs {
            let what = format!("`{}` of {}", input.name, action.name);
            assert!(
                input.long || !(input.list || input.secret || reads_long(input)),
                "{what} can be long: declare it as a list, `Verbatim` or `Document`"
            );
            if !input.long {
                continue;
            }
            seen += 1;
            let twin = input.twin.as_deref();
            let twin = twin.unwrap_or_else(|| panic!("{what} has no twin"));
            assert!(yml.contains(&format!("\n  {twin}:\n")), "{what}: no `{twin}` in the action");
            if let Some(image) = container::image_of(action.words[0]) {
                let yml = container::render(&yml, action.words, image.name).unwrap();
                assert!(yml.contains(&format!("\n  {twin}:\n")), "{what}: not in the container");
            }
        }
    }
    assert!(seen > 50, "{seen}");
}
