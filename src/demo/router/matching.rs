//! Which requests a route takes.

use axum::http::{HeaderMap, HeaderName, request};
use regex::Regex;

/// One entry of a route's `match`: every part of it must hold.
#[derive(Debug, Default)]
pub(super) struct Condition {
    /// What the path must look like.
    pub(super) uri: Option<Text>,
    /// What the method must look like.
    pub(super) method: Option<Text>,
    /// What each of these headers must look like; a header that is absent never does.
    pub(super) headers: Vec<(HeaderName, Text)>,
}

impl Condition {
    /// Whether `request` fulfils every part.
    pub(super) fn holds(&self, request: &request::Parts) -> bool {
        let uri_holds = self.uri.as_ref().is_none_or(|text| text.fits(request.uri.path()));
        let method_holds = self
            .method
            .as_ref()
            .is_none_or(|text| text.fits(request.method.as_str()));
        let header_holds = |(name, text): &(HeaderName, Text)| {
            whole_value(&request.headers, name).is_some_and(|value| text.fits(&value))
        };
        uri_holds && method_holds && self.headers.iter().all(header_holds)
    }
}

/// What a text must look like.
#[derive(Debug)]
pub(super) enum Text {
    /// Anything, as long as it is there.
    Present,
    /// This and nothing else.
    Exact(String),
    /// This at its beginning.
    Prefix(String),
    /// A pattern for the whole of it.
    Regex(Regex),
}

impl Text {
    /// A pattern that must fit the whole text, as Istio's do.
    pub(super) fn whole_regex(pattern: &str) -> Result<Self, regex::Error> {
        Regex::new(&format!("^(?:{pattern})$")).map(Self::Regex)
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Present => true,
            Self::Exact(expected) => text == expected,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// All values of a header, joined by commas as Envoy does; `None` where the header is absent, or is not
/// readable text.
fn whole_value(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter().map(|value| value.to_str().ok());
    let values = values.collect::<Option<Vec<_>>>()?;
    (!values.is_empty()).then(|| values.join(","))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn a_pattern_must_fit_the_whole_value() {
        let text = Text::whole_regex("a|beta").unwrap();
        assert!(text.fits("a") && text.fits("beta"));
        assert!(!text.fits("abeta") && !text.fits("betamax"));
    }

    #[test]
    fn every_part_of_a_condition_must_hold() {
        let condition = Condition {
            uri: Some(Text::Prefix("/pay".to_owned())),
            method: Some(Text::Exact("POST".to_owned())),
            headers: vec![(HeaderName::from_static("x-tester"), Text::Present)],
        };
        assert!(condition.holds(&request("POST", "/pay/now", &["anna"])));
        assert!(!condition.holds(&request("GET", "/pay/now", &["anna"])));
        assert!(!condition.holds(&request("POST", "/", &["anna"])));
        assert!(!condition.holds(&request("POST", "/pay/now", &[])));
    }

    #[test]
    fn several_values_of_a_header_are_one_text() {
        let condition = Condition {
            headers: vec![(
                HeaderName::from_static("x-tester"),
                Text::Exact("anna,ben".to_owned()),
            )],
            ..Condition::default()
        };
        assert!(condition.holds(&request("GET", "/", &["anna", "ben"])));
        assert!(!condition.holds(&request("GET", "/", &["anna"])));
    }

    fn request(method: &str, path: &str, testers: &[&str]) -> request::Parts {
        let mut request = Request::builder().method(method).uri(path);
        for tester in testers {
            request = request.header("x-tester", *tester);
        }
        request.body(()).unwrap().into_parts().0
    }
}
