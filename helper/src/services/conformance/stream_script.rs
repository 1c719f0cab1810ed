//! The echo's streamed response: every kind of event, including an unknown one, with points where
//! it waits until the first events have arrived at the other end.

/// A part of the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamStep {
    /// The text to send, without the blank line at its end.
    pub(super) event: &'static str,
    /// The echo pauses until this has arrived at the other end, or until a timeout.
    pub(super) awaited: bool,
}

const fn step(event: &'static str) -> StreamStep {
    StreamStep { event, awaited: false }
}

const fn awaited(event: &'static str) -> StreamStep {
    StreamStep { event, awaited: true }
}

/// The input tokens that the first event reports.
pub(super) const INPUT_TOKENS: u64 = 4711;

/// The complete stream, in Anthropic's format.
pub(super) const STREAM: &[StreamStep] = &[
    awaited(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_cfaigconformance01\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-haiku-4-5\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":4711,\"cache_creation_input_tokens\":13,\"cache_read_input_tokens\":17,\"output_tokens\":1,\"service_tier\":\"standard\"}}}",
    ),
    step(
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
    ),
    awaited("event: ping\ndata: {\"type\": \"ping\"}"),
    step(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"one, \"}}",
    ),
    step(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"two \\u2014 three\"}}",
    ),
    // some gateways (such as LiteLLM) inspect the first piece of content before they pass anything
    // on
    awaited("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}"),
    step(
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_cfaigconformance01\",\"name\":\"look\",\"input\":{}}}",
    ),
    step(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"at\\\": \"}}",
    ),
    step(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\\\"x\\\"}\"}}",
    ),
    step("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}"),
    step(
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":29}}",
    ),
    step("event: message_stop\ndata: {\"type\":\"message_stop\"}"),
];

impl StreamStep {
    /// The event's name.
    pub(super) fn name(&self) -> &'static str {
        self.event.split('\n').next().unwrap_or_default().trim_start_matches("event: ")
    }

    /// True if an event of this name is in the received text, even if it was re-serialized.
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.contains(&format!("event: {}", self.name())) || text.contains(&format!("\"{}\"", self.name()))
    }
}
