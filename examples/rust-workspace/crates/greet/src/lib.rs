//! Says hello.

/// The greeting for a name; for everybody without one.
///
/// ```
/// assert_eq!(acme_greet::greet("Ada"), "Hello, Ada!");
/// ```
pub fn greet(name: &str) -> String {
    match name.trim() {
        "" => "Hello!".to_owned(),
        name => format!("Hello, {name}!"),
    }
}

#[cfg(test)]
mod tests {
    use super::greet;

    #[test]
    fn without_a_name_everybody_is_greeted() {
        assert_eq!(greet(" "), "Hello!");
    }
}
