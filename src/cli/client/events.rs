//! A stream of server-sent events, taken apart: of each event its name and its data.

use anyhow::bail;
use reqwest::Response;

/// Bytes of one event. A rollout's status has some kilobytes.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ServerEvent {
    pub(super) name: String,
    pub(super) data: String,
}

/// The events of a response, as they come.
pub(super) struct Events {
    response: Response,
    reader: Reader,
}

impl Events {
    pub(super) fn of(response: Response) -> Self {
        Self {
            response,
            reader: Reader::default(),
        }
    }

    /// The next one; none once the server has ended the stream.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<ServerEvent>> {
        loop {
            if let Some(event) = self.reader.event() {
                return Ok(Some(event));
            }
            let Some(chunk) = self.response.chunk().await? else {
                return Ok(None);
            };
            self.reader.take(&chunk)?;
        }
    }
}

/// Puts lines together, and lines to events.
#[derive(Debug, Default)]
struct Reader {
    waiting: Vec<u8>,
    begun: ServerEvent,
}

impl Reader {
    fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        if self.waiting.len() + self.begun.data.len() + bytes.len() > EVENT_BYTES_MAX {
            bail!("expected events of at most {EVENT_BYTES_MAX} bytes, found more");
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole event of what was taken.
    fn event(&mut self) -> Option<ServerEvent> {
        while let Some(end) = self.waiting.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.waiting.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                let event = std::mem::take(&mut self.begun);
                if !event.data.is_empty() {
                    return Some(event);
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.begun.name),
                "data" => self.begun.data.push_str(value),
                // Comments keep the connection alive.
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_whole_at_its_empty_line_however_it_arrives() {
        let text = b": hello\n\nevent: status\nid: 1-2\ndata: {\"a\":1}\n\nevent: notice\ndata:x\n\n";
        for size in 1..text.len() {
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for part in text.chunks(size) {
                reader.take(part).unwrap();
                events.extend(std::iter::from_fn(|| reader.event()));
            }
            let found: Vec<_> = events
                .iter()
                .map(|event| (event.name.as_str(), event.data.as_str()))
                .collect();
            assert_eq!(found, [("status", "{\"a\":1}"), ("notice", "x")]);
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut reader = Reader::default();
        assert!(reader.take(&vec![b'x'; EVENT_BYTES_MAX + 1]).is_err());
    }
}
