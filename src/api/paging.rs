//! How lists are taken in pages.

use utoipa::IntoParams;

use super::error::ApiError;
use super::fields::{Fields, FromFields};

/// Items on a page where nothing else is asked for.
const LIMIT_DEFAULT: usize = 100;

/// Items that one page has at most: the store gives no more either.
const LIMIT_MAX: usize = 500;

/// Longest cursor, in characters: a delivery's key is the longest there is.
const CURSOR_CHARS_MAX: usize = 1000;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOf {
    /// `next` of the page before; none for the first.
    #[param(min_length = 1, max_length = 1000, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub(super) cursor: Option<String>,
    /// Items on the page.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 100)]
    pub(super) limit: usize,
}

impl FromFields for PageOf {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        let expected = || format!("a whole number from 1 to {LIMIT_MAX}");
        let limit = fields.take("limit", expected, |text| {
            let limit = text.parse().ok()?;
            (1..=LIMIT_MAX).contains(&limit).then_some(limit)
        })?;
        Ok(Self {
            cursor: fields.text("cursor", 1..=CURSOR_CHARS_MAX)?,
            limit: limit.unwrap_or(LIMIT_DEFAULT),
        })
    }
}
