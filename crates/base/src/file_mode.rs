//! The modes git stores files with.

/// A file mode git knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileMode {
    /// An ordinary file, `100644`.
    Regular,
    /// An executable file, `100755`.
    Executable,
    /// A symbolic link, `120000`; its content is where it points.
    Symlink,
    /// A submodule, `160000`; its content is a commit's id.
    Submodule,
}

impl FileMode {
    /// The six digits of trees, the index and the API.
    pub const fn digits(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
        }
    }

    /// From the six digits.
    pub fn parse(digits: &str) -> Option<Self> {
        // Very old repositories hold `100664`, which git treats as `100644`.
        [Self::Executable, Self::Symlink, Self::Submodule]
            .into_iter()
            .find(|mode| mode.digits() == digits)
            .or_else(|| digits.starts_with("100").then_some(Self::Regular))
    }
}

#[cfg(test)]
mod tests {
    use super::FileMode;

    #[test]
    fn digits_are_read_back() {
        for digits in ["100644", "100755", "120000", "160000"] {
            assert_eq!(FileMode::parse(digits).map(FileMode::digits), Some(digits));
        }
        assert_eq!(FileMode::parse("100664"), Some(FileMode::Regular));
        assert_eq!(FileMode::parse("040000"), None, "a folder is no file");
    }
}
