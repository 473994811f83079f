//! How two numbers are compared, and the count of what was.

use std::collections::BTreeSet;

use serde_json::Value;

/// `|got − want| ≤ TOLERANCE × max(1, |want|)`.
const TOLERANCE: f64 = 1e-9;

/// What was compared so far.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    file: String,
    pub(super) files: u32,
    pub(super) intervals: u32,
    pub(super) numbers: u32,
    pub(super) worst: f64,
    /// Experts that are dead here and alive in the file because its 50 digits rounded a stake of exactly −1.
    pub(super) lost_digits: u32,
}

impl Agreement {
    pub(super) fn of_file(name: &str) -> Self {
        Self {
            file: name.to_owned(),
            files: 1,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.intervals += other.intervals;
        self.numbers += other.numbers;
        self.worst = self.worst.max(other.worst);
        self.lost_digits += other.lost_digits;
    }

    /// One interval's expected values, to be compared field by field.
    pub(super) fn interval<'a>(&'a mut self, index: usize, want: &'a Value) -> Expected<'a> {
        self.intervals += 1;
        Expected {
            agreement: self,
            index,
            want,
            compared: BTreeSet::new(),
        }
    }

    /// A value that belongs to the file as a whole.
    pub(super) fn of_whole_file(&mut self, field: &str, got: Option<usize>, want: &Value) {
        let want = want.as_u64().map(|want| usize::try_from(want).unwrap());
        assert_eq!(got, want, "{}: {field}: got (left), want (right)", self.file);
        self.numbers += 1;
    }
}

/// The expected values of one interval. Fails when dropped if the file expects a field that nobody compared.
pub(super) struct Expected<'a> {
    agreement: &'a mut Agreement,
    index: usize,
    want: &'a Value,
    compared: BTreeSet<String>,
}

impl Expected<'_> {
    /// Compares a number, where the file has the field.
    pub(super) fn number(&mut self, field: &str, got: f64) {
        if let Some(want) = self.take(field) {
            self.compare(field, got, &want);
        }
    }

    /// Compares a list of numbers.
    pub(super) fn numbers(&mut self, field: &str, got: &[f64]) {
        self.numbers_unless(field, got, |_, _| false);
    }

    /// Compares a list of numbers, except those of which `excused(position, want)` says that the file's
    /// digits ran out.
    pub(super) fn numbers_unless(&mut self, field: &str, got: &[f64], excused: impl Fn(usize, f64) -> bool) {
        let Some(want) = self.take(field) else { return };
        let want = want
            .as_array()
            .unwrap_or_else(|| panic!("{}: expected a list", self.place(field)));
        assert_eq!(
            got.len(),
            want.len(),
            "{}: length of got (left), want (right)",
            self.place(field)
        );
        for (position, (got, want)) in got.iter().zip(want).enumerate() {
            if *got == f64::NEG_INFINITY && want.as_f64().is_some_and(|want| excused(position, want)) {
                self.agreement.lost_digits += 1;
            } else {
                self.compare(&format!("{field}[{position}]"), *got, want);
            }
        }
    }

    /// Compares a truth value or a word; a flag that the file leaves out is false.
    pub(super) fn exactly(&mut self, field: &str, got: impl Into<Value>) {
        let got = got.into();
        let want = self.take(field).unwrap_or(Value::Bool(false));
        assert_eq!(got, want, "{}: got (left), want (right)", self.place(field));
        self.agreement.numbers += 1;
    }

    fn compare(&mut self, field: &str, got: f64, want: &Value) {
        let place = self.place(field);
        let want = number(want).unwrap_or_else(|| panic!("{place}: expected a number, found {want}"));
        let difference = if got == want {
            0.0
        } else {
            (got - want).abs() / want.abs().max(1.0)
        };
        assert!(difference <= TOLERANCE, "{place}: got {got:?}, want {want:?}");
        self.agreement.numbers += 1;
        self.agreement.worst = self.agreement.worst.max(difference);
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.compared.insert(field.to_owned());
        self.want.get(field).cloned()
    }

    fn place(&self, field: &str) -> String {
        format!("{}: interval {}: {field}", self.agreement.file, self.index)
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for field in self.want.as_object().into_iter().flat_map(|fields| fields.keys()) {
            assert!(
                self.compared.contains(field),
                "{}: nobody compares this field",
                self.place(field)
            );
        }
    }
}

/// A number of a vector file; minus infinity is a text there.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    }
}

/// A list of numbers; empty where there is none.
pub(super) fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(number)
        .collect()
}
