//! The header that says who asks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::file;
use super::request_error::RequestError;
use super::settings::Auth;

const TOKEN_FILE: &str = "bearerTokenFile";
const PASSWORD_FILE: &str = "passwordFile";

/// The value of `Authorization`, if there is one, of what the files hold now.
pub(super) async fn authorization(auth: &Auth) -> Result<Option<HeaderValue>, RequestError> {
    match auth {
        Auth::None => Ok(None),
        Auth::Bearer { token_file } => {
            let token = file::secret(TOKEN_FILE, token_file).await?;
            let text = SecretString::from(format!("Bearer {}", token.expose_secret()));
            file::header(TOKEN_FILE, token_file, &text).map(Some)
        }
        Auth::Basic {
            username,
            password_file,
        } => {
            let password = file::secret(PASSWORD_FILE, password_file).await?;
            let pair = SecretString::from(format!("{username}:{}", password.expose_secret()));
            let text = SecretString::from(format!("Basic {}", STANDARD.encode(pair.expose_secret())));
            file::header(PASSWORD_FILE, password_file, &text).map(Some)
        }
    }
}
