//! What kind of study a number comes from, how well its source was read, and how far it is trusted.

/// Declares an enum with the word each variant has in the files.
macro_rules! words {
    (
        $(#[$meta:meta])* $name:ident, $field:literal;
        $($(#[$doc:meta])* $variant:ident = $word:literal,)+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name of the field in the files.
            pub(crate) const FIELD: &str = $field;

            /// The word in the files.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value that a word of the files stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// The kind of study behind a number.
    ///
    /// | tier | kinds |
    /// |---|---|
    /// | 5 | human RCT |
    /// | 4 | human, human observational |
    /// | 3 | animal, ex vivo, animal or human ex vivo, in silico on human observational |
    /// | 2 | in vitro, and every mixture with in vitro (a mixture counts as its weaker part) |
    /// | 1 | published model, theory, derived |
    /// | 0 | assumption |
    Evidence, "evidence";
    /// A randomised controlled trial in people.
    HumanRct = "human RCT",
    /// Measured in people, design not stated in the row.
    Human = "human",
    /// Observed in people without randomisation.
    HumanObservational = "human observational",
    /// A calculation fed with observations in people.
    InSilicoOnHumanObservational = "in silico on human observational",
    /// Measured in animals.
    Animal = "animal",
    /// Measured in tissue kept alive outside the body.
    ExVivo = "ex vivo",
    /// Measured in animals or in human tissue outside the body.
    AnimalOrHumanExVivo = "animal or human ex vivo",
    /// Partly in culture, partly observed in people.
    InVitroAndHumanObservational = "in vitro/human observational",
    /// Partly observed in people, partly in culture.
    HumanObservationalAndInVitro = "human observational/in vitro",
    /// Partly in culture, partly in tissue outside the body.
    InVitroAndExVivo = "in vitro/ex vivo",
    /// Measured in culture.
    InVitro = "in vitro",
    /// A constant or result of a published model.
    PublishedModel = "published model",
    /// Follows from a law or a geometry.
    Theory = "theory",
    /// Computed from other rows.
    Derived = "derived",
    /// Nobody measured it.
    Assumption = "assumption",
}

impl Evidence {
    /// The tier, 0 (assumption) to 5 (randomised trial in people); the table above.
    pub fn tier(self) -> u8 {
        match self {
            Self::HumanRct => 5,
            Self::Human | Self::HumanObservational => 4,
            Self::InSilicoOnHumanObservational | Self::Animal | Self::ExVivo | Self::AnimalOrHumanExVivo => 3,
            Self::InVitroAndHumanObservational
            | Self::HumanObservationalAndInVitro
            | Self::InVitroAndExVivo
            | Self::InVitro => 2,
            Self::PublishedModel | Self::Theory | Self::Derived => 1,
            Self::Assumption => 0,
        }
    }
}

words! {
    /// How well the source of a number was read.
    ReadLevel, "read";
    /// In the source's abstract, a figure or a table that was seen.
    Abstract = "abstract",
    /// As reported by another text.
    Secondary = "secondary",
    /// The source gives a direction; the number is a guess.
    DirectionOnly = "direction only",
    /// In the source's program code.
    Code = "code",
    /// Computed, from what the row says.
    Derived = "derived",
    /// Recalled or copied, not compared with the source.
    Unchecked = "unchecked",
    /// No source.
    Assumption = "assumption",
}

impl ReadLevel {
    /// True where the number is a wide prior and must be shown as one.
    pub fn is_prior(self) -> bool {
        matches!(self, Self::Unchecked | Self::Assumption | Self::DirectionOnly)
    }
}

words! {
    /// How far a number is trusted, by whoever entered it.
    Confidence, "confidence";
    /// Likely right.
    High = "high",
    /// Plausible.
    Medium = "medium",
    /// May well be wrong.
    Low = "low",
    /// The row says nothing.
    NotStated = "not stated",
}
