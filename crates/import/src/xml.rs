//! Why a text is no XML, in words and with the place.

use roxmltree::Error;

/// 1-based line and column (in characters), and what is wrong there.
pub(crate) fn fault(text: &str, error: &Error) -> ((usize, usize), String) {
    let end = || {
        let last = text.trim_end().lines().last().unwrap_or("");
        (text.trim_end().lines().count().max(1), last.chars().count() + 1)
    };
    let at = error.pos();
    let there = (at.row as usize, at.col as usize);
    match error {
        Error::UnexpectedCloseTag(open, closed, _) => {
            (there, format!("</{closed}> stands where <{open}> must be closed"))
        }
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => {
            (end(), "the file ends before its elements are closed".to_owned())
        }
        Error::NoRootNode => (there, "there is no whole element in it".to_owned()),
        // Its texts end with the place, which is told before them already.
        _ => (there, error.to_string().replace(&format!(" at {at}"), "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_told_with_its_place() {
        for (text, at, message) in [
            ("<a>\n <b>\n </c></a>", (3, 2), "</c> stands where <b> must be closed"),
            ("<a>\n <b>1</b>\n", (2, 10), "the file ends before its elements are closed"),
            ("<a>\n <b></b", (2, 8), "the file ends before its elements are closed"),
            ("", (1, 1), "there is no whole element in it"),
            ("<a x='1' x='2'/>", (1, 10), "attribute 'x' is already defined"),
        ] {
            let error = roxmltree::Document::parse(text).err();
            let got = error.map(|e| fault(text, &e));
            assert_eq!(got, Some((at, message.to_owned())), "{text}");
        }
    }
}
