//! Says hello on the command line.

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    println!("{}", acme_greet::greet(&words.join(" ")));
}
