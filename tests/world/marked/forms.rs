//! The forms in which a text gets from one place to another: as it is, in small letters (hosts), in base64 (credentials, keys) and in
//! hexadecimal digits (bytes in a database).

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem::Finder;

static FORMS: LazyLock<Forms> = LazyLock::new(|| Forms::new(super::MARK));

/// All of a text's forms.
pub(super) struct Forms(Vec<Finder<'static>>);

/// Those of the mark.
pub(super) fn of_the_mark() -> &'static Forms {
    &FORMS
}

impl Forms {
    fn new(text: &str) -> Self {
        let mut forms = vec![text.to_owned(), text.to_lowercase()];
        // What stands before it decides how its bits fall into digits; those at its ends are shared with others.
        forms.extend((0..3).map(|skipped| {
            let bytes = &text.as_bytes()[skipped..];
            STANDARD_NO_PAD.encode(&bytes[..bytes.len() / 3 * 3])
        }));
        forms.push(text.bytes().map(|byte| format!("{byte:02x}")).collect());
        let finder = |form: &String| Finder::new(form.as_bytes()).into_owned();
        Self(forms.iter().map(finder).collect())
    }

    /// Where one of them begins.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.0.iter().find_map(|form| form.find(bytes))
    }
}
