//! Secure connections, to a real Prometheus that wants certificates.

use std::fs;
use std::path::Path;

use serin::metric_source::prometheus::{Client, ClientCertificate, DataSourceSettings, Tls};

use super::{client, counts, settings, told};
use crate::world::certificates::{Certificates, Signed};
use crate::world::prometheus::Prometheus;

fn secured(server: &Prometheus, tls: Tls) -> Client {
    client(DataSourceSettings {
        tls,
        ..settings(&server.url())
    })
}

fn trusting(authority: &Path) -> Tls {
    Tls {
        ca_file: Some(authority.to_owned()),
        ..Tls::default()
    }
}

fn with(authority: &Path, own: &Signed) -> Tls {
    Tls {
        client_certificate: Some(ClientCertificate {
            cert_file: own.certificate.clone(),
            key_file: own.key.clone(),
        }),
        ..trusting(authority)
    }
}

#[tokio::test]
async fn a_server_is_known_by_its_authority() {
    let server = Prometheus::set_up().tls().start().await;
    let authority = &server.certificates.as_ref().unwrap().authority;
    assert_eq!(told(&secured(&server, trusting(authority))).await, "0 rows");
    let stranger = secured(&server, Tls::default());
    assert_eq!(
        told(&stranger).await,
        format!(
            "tls: no secure connection: {}: invalid peer certificate: UnknownIssuer",
            server.url()
        )
    );
    assert_eq!(counts(&stranger), [("tls", 1)]);
    let careless = Tls {
        insecure_skip_verify: true,
        ..Tls::default()
    };
    assert_eq!(told(&secured(&server, careless)).await, "0 rows");
}

#[tokio::test]
async fn a_server_that_talks_tls_is_not_asked_in_the_clear() {
    let server = Prometheus::set_up().tls().start().await;
    let told = told(&client(settings(&server.url().replace("https", "http")))).await;
    assert!(
        told.starts_with("bad-status: ") && told.contains("400 Bad Request"),
        "{told}"
    );
}

#[tokio::test]
async fn certificates_count_from_the_moment_that_they_are_written() {
    let server = Prometheus::set_up().mutual_tls().start().await;
    let files = server.certificates.clone().unwrap();
    let folder = files.authority.parent().unwrap();
    let client = secured(&server, with(&files.authority, &files.client));
    assert_eq!(told(&client).await, "0 rows");

    // Everything anew, the authority too: Prometheus reads its own files at each handshake.
    Certificates::write(folder);
    assert_eq!(told(&client).await, "0 rows");
    let stranger = secured(&server, trusting(&files.authority));
    let refused = told(&stranger).await;
    assert!(
        refused.starts_with("tls: ") && refused.contains("fatal alert"),
        "{refused}"
    );

    // Half of a change: the new certificate beside the old key.
    let key = fs::read(&files.client.key).unwrap();
    Certificates::write(folder);
    fs::write(&files.client.key, key).unwrap();
    let halfway = told(&client).await;
    assert!(halfway.starts_with("tls: "), "{halfway}");
    assert!(
        halfway.contains("does the key in `keyFile` belong to the certificate in `certFile`?"),
        "{halfway}"
    );
    Certificates::write(folder);
    assert_eq!(told(&client).await, "0 rows");
}

#[tokio::test]
async fn files_that_hold_no_certificate_are_named() {
    let server = Prometheus::set_up().mutual_tls().start().await;
    let files = server.certificates.clone().unwrap();
    let client = secured(&server, with(&files.authority, &files.client));
    for (path, field) in [
        (&files.authority, "caFile"),
        (&files.client.certificate, "certFile"),
        (&files.client.key, "certFile"),
    ] {
        let kept = fs::read(path).unwrap();
        for text in ["", "no certificate"] {
            fs::write(path, text).unwrap();
            let told = told(&client).await;
            assert!(
                told.starts_with(&format!("bad-file: `{field}`: the file `")),
                "{told}"
            );
        }
        fs::write(path, kept).unwrap();
    }
    fs::remove_file(&files.client.key).unwrap();
    let told = told(&client).await;
    assert!(
        told.starts_with("bad-file: `keyFile`: ") && told.contains("No such file"),
        "{told}"
    );
}
