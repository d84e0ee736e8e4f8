//! Names of new changesets: three words that say nothing and are easy to tell apart.

use launchway_runtime::workflow::random_token;

const HOW: &[&str] = &[
    "amber", "ample", "azure", "bold", "brave", "brief", "bright", "brisk", "calm", "clear",
    "clever", "cool", "coral", "cosy", "crisp", "curly", "deep", "eager", "early", "easy", "fair",
    "fast", "fine", "firm", "fond", "free", "fresh", "gentle", "glad", "golden", "good", "grand",
    "great", "green", "happy", "hardy", "ideal", "jolly", "keen", "kind", "large", "late", "light",
    "lively", "long", "loud", "lucky", "merry", "mild", "misty", "modern", "neat", "new", "nice",
    "noble", "odd", "olive", "open", "pale", "plain", "polite", "proud", "quick", "quiet", "rapid",
    "rare", "ready", "rich", "ripe", "round", "rosy", "safe", "sharp", "shiny", "short", "silent",
    "silver", "simple", "sleek", "slow", "small", "smart", "smooth", "soft", "solid", "spicy",
    "steady", "still", "strong", "sunny", "sweet", "swift", "tall", "tame", "tidy", "tiny", "true",
    "vast", "vivid", "warm", "wide", "wild", "wise", "witty", "young", "zesty",
];

const WHO: &[&str] = &[
    "acorns",
    "anchors",
    "apples",
    "badgers",
    "bakers",
    "barges",
    "beavers",
    "bees",
    "bells",
    "birds",
    "boats",
    "books",
    "bridges",
    "brooks",
    "camels",
    "candles",
    "canoes",
    "cats",
    "cherries",
    "clouds",
    "comets",
    "cooks",
    "coins",
    "cranes",
    "crows",
    "daisies",
    "deer",
    "dolphins",
    "doves",
    "drums",
    "ducks",
    "eagles",
    "elks",
    "falcons",
    "ferns",
    "finches",
    "flutes",
    "foxes",
    "frogs",
    "gardens",
    "geese",
    "gulls",
    "hares",
    "harps",
    "hawks",
    "hedges",
    "herons",
    "hills",
    "horses",
    "islands",
    "jays",
    "kites",
    "lakes",
    "lamps",
    "larks",
    "lemons",
    "lions",
    "lizards",
    "maples",
    "meadows",
    "melons",
    "mice",
    "moons",
    "moths",
    "newts",
    "oaks",
    "ocelots",
    "otters",
    "owls",
    "pandas",
    "pears",
    "pebbles",
    "pianos",
    "pines",
    "plums",
    "ponies",
    "poplars",
    "rabbits",
    "ravens",
    "rivers",
    "robins",
    "roses",
    "sails",
    "seals",
    "shells",
    "sparrows",
    "spoons",
    "squirrels",
    "stars",
    "stones",
    "storks",
    "swans",
    "tigers",
    "toads",
    "trains",
    "trees",
    "trout",
    "tulips",
    "turtles",
    "violins",
    "waves",
    "whales",
    "willows",
    "wolves",
    "wrens",
    "zebras",
];

const WHAT: &[&str] = &[
    "agree", "appear", "arrive", "bake", "beam", "bend", "bloom", "build", "call", "carry",
    "cheer", "chime", "clap", "climb", "cook", "count", "cross", "dance", "dive", "draw", "dream",
    "drift", "drum", "fetch", "float", "flow", "fly", "fold", "gather", "glide", "glow", "greet",
    "grow", "hike", "hop", "hum", "hurry", "invent", "jog", "join", "juggle", "jump", "knit",
    "laugh", "lead", "leap", "learn", "listen", "look", "march", "meet", "melt", "mend", "move",
    "nod", "paint", "pause", "play", "point", "polish", "ponder", "race", "read", "relax", "rest",
    "return", "ring", "rise", "roam", "roll", "run", "sail", "share", "shine", "sing", "sip",
    "skate", "skip", "slide", "smile", "sort", "spin", "stand", "start", "stay", "stroll", "swim",
    "talk", "teach", "thank", "think", "trade", "travel", "turn", "twirl", "visit", "wait", "wake",
    "walk", "wander", "watch", "wave", "whistle", "win", "wonder", "write",
];

/// A name for which `taken` says no.
pub(crate) fn fresh(taken: impl Fn(&str) -> bool) -> String {
    let mut name = random();
    for _ in 0..100 {
        if !taken(&name) {
            return name;
        }
        name = random();
    }
    // A million names, and a hundred of them taken: only a number helps.
    format!("{name}-{}", random_token().get(..8).unwrap_or_default())
}

fn random() -> String {
    let mut seed = u128::from_str_radix(&random_token(), 16).unwrap_or_default();
    [HOW, WHO, WHAT]
        .map(|words| {
            let count = words.len() as u128;
            let place = usize::try_from(seed % count).unwrap_or_default();
            seed /= count;
            words.get(place).copied().unwrap_or("new")
        })
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_three_plain_words_that_are_free() {
        let name = fresh(|_| false);
        assert_eq!(name.split('-').count(), 3, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        let other = fresh(|taken| taken == name);
        assert_ne!(name, other);
        let numbered = fresh(|_| true);
        assert_eq!(numbered.split('-').count(), 4, "{numbered}");
    }

    #[test]
    fn no_word_is_listed_twice() {
        for words in [HOW, WHO, WHAT] {
            let mut sorted = words.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), words.len());
        }
    }
}
