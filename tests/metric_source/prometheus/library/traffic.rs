//! What really happened: the requests of one service, whoever counts them.

/// A service with its two versions, each a Deployment of two pods.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
}

/// Who is watched.
pub(super) const WATCHED: Service = Service {
    namespace: "shop",
    name: "checkout",
};

/// The others in the same cluster, with as much traffic: whoever counts theirs as well counts wrong.
pub(super) const OTHERS: [Service; 2] = [
    Service {
        namespace: "market",
        name: "checkout",
    },
    Service {
        namespace: "shop",
        name: "cart",
    },
];

/// One pod, or what one gateway saw of an arm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pod {
    /// `stable` or `canary`.
    pub(super) subset: &'static str,
    /// The last part of its name.
    pub(super) suffix: &'static str,
    pub(super) answered: &'static [Answered],
}

/// Requests that were answered with one code after one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) code: &'static str,
    pub(super) ms: f64,
    /// How many until the first look; where there were none, there are no series either.
    pub(super) first: Option<f64>,
    /// How many until the second.
    pub(super) then: f64,
}

const fn answered(code: &'static str, ms: f64, first: Option<f64>, then: f64) -> Answered {
    Answered {
        code,
        ms,
        first,
        then,
    }
}

/// Between the looks the stable arm has 212 requests and 5 errors, the canary 37 and 3. Slower than 100 ms are 10 and 5, than 500 ms
/// 5 and 2.
pub(super) const PODS: [Pod; 4] = [
    Pod {
        subset: "stable",
        suffix: "x2x4a",
        answered: &[
            answered("200", 3.0, Some(1000.0), 1090.0),
            answered("200", 80.0, Some(50.0), 60.0),
            answered("404", 3.0, Some(7.0), 9.0),
            answered("503", 700.0, None, 3.0),
        ],
    },
    Pod {
        subset: "stable",
        suffix: "k9s7b",
        answered: &[
            answered("200", 3.0, Some(10.0), 110.0),
            answered("200", 300.0, Some(0.0), 5.0),
            answered("503", 700.0, Some(2.0), 4.0),
        ],
    },
    Pod {
        subset: "canary",
        suffix: "x2x4a",
        answered: &[
            answered("200", 3.0, Some(5.0), 25.0),
            answered("200", 300.0, Some(1.0), 4.0),
            answered("503", 700.0, None, 2.0),
        ],
    },
    Pod {
        subset: "canary",
        suffix: "k9s7b",
        answered: &[
            answered("200", 3.0, Some(4.0), 14.0),
            answered("404", 3.0, None, 1.0),
            answered("500", 80.0, None, 1.0),
        ],
    },
];

impl Service {
    /// The Deployment: one's name begins with the other's.
    pub(super) fn workload(self, pod: &Pod) -> String {
        match pod.subset {
            "stable" => self.name.to_owned(),
            subset => format!("{}-{subset}", self.name),
        }
    }

    /// The pod's name, as a Deployment's pods have them.
    pub(super) fn pod(self, pod: &Pod) -> String {
        format!("{}-7d4b9c6f5-{}", self.workload(pod), pod.suffix)
    }
}

impl Pod {
    /// The codes that it answered with, each once.
    pub(super) fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<&str> = self.answered.iter().map(|answered| answered.code).collect();
        codes.dedup();
        codes
    }

    /// How many it answered with a code that `is` one of these: until the first look and until the second.
    pub(super) fn count(&self, is: impl Fn(&Answered) -> bool) -> (Option<f64>, f64) {
        let these = || self.answered.iter().filter(|answered| is(answered));
        let first = these()
            .filter_map(|answered| answered.first)
            .reduce(|sum, more| sum + more);
        (first, these().map(|answered| answered.then).sum())
    }
}
