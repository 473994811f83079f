//! `serin generate …`: whatever is made from the program itself, so that it cannot be out of date.

mod token;

use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use clap::{Args, Command, Subcommand};
use clap_complete::Shell;
use serde_json::json;

use self::token::TokenArguments;
use super::{Exit, Output};
use crate::api;
use crate::config;
use crate::kubernetes::crd;
use crate::spec::{self, BuiltInTemplate, LIBRARY};
use crate::telemetry::definition;

/// What `serin generate` takes.
#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    #[command(subcommand)]
    what: What,
}

/// What can be generated.
#[derive(Debug, Subcommand)]
enum What {
    /// A commented serin.yaml with every field at its default. With --output json: what there is to know of each field.
    Config,
    /// Completions for a shell, to be put where it looks for them.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// The CustomResourceDefinitions of Canaries and AnalysisTemplates, as YAML for `kubectl apply`. With --output json: one List.
    Crd,
    /// The API's own description (OpenAPI 3.1, JSON).
    Openapi,
    /// The JSON schema (draft 2020-12) of Canaries and AnalysisTemplates, for editors.
    Schema,
    /// The table of all metrics, in Markdown. With --output json: one object a metric.
    Metrics,
    /// The templates that are built in, as YAML: what Canaries may name, and where templates of one's own start from.
    Templates {
        /// Only this one.
        #[arg(value_parser = PossibleValuesParser::new(LIBRARY.map(|template| template.name)), hide_possible_values = true)]
        name: Option<String>,
    },
    /// A token of the API: itself to stdout, this once, and the lines for serin.yaml to stderr. With --output json: both to stdout.
    Token(TokenArguments),
}

/// Prints what was asked for; `command` is the whole command line, for its completions.
pub(super) fn run(arguments: &GenerateArguments, output: Output, command: Command) -> anyhow::Result<Exit> {
    let text = match (&arguments.what, output) {
        (What::Token(arguments), _) => {
            token::run(arguments, output)?;
            return Ok(Exit::Done);
        }
        (What::Config, Output::Text) => config::example(),
        (What::Config, Output::Json) => json!({ "fields": config::reference() }).to_string() + "\n",
        (What::Completions { shell }, Output::Text) => completions(*shell, command),
        (What::Completions { shell }, Output::Json) => {
            json!({ "shell": shell.to_string(), "script": completions(*shell, command) }).to_string() + "\n"
        }
        (What::Crd, Output::Text) => crd::yaml(),
        (What::Crd, Output::Json) => crd::list().to_string() + "\n",
        (What::Schema, _) => format!("{:#}\n", spec::schema()),
        (What::Openapi, _) => api::document().to_pretty_json()? + "\n",
        (What::Metrics, Output::Text) => definition::table(),
        (What::Metrics, Output::Json) => json!({ "metrics": definition::ALL }).to_string() + "\n",
        (What::Templates { name }, Output::Text) => {
            let texts: Vec<&str> = templates(name.as_deref()).map(|template| template.text).collect();
            texts.join("---\n")
        }
        (What::Templates { name }, Output::Json) => {
            let templates: Vec<BuiltInTemplate> = templates(name.as_deref()).collect();
            json!({ "templates": templates }).to_string() + "\n"
        }
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(Exit::Done)
}

fn templates(name: Option<&str>) -> impl Iterator<Item = BuiltInTemplate> {
    let asked = move |template: &BuiltInTemplate| name.is_none_or(|name| name == template.name);
    LIBRARY.into_iter().filter(asked)
}

fn completions(shell: Shell, mut command: Command) -> String {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
