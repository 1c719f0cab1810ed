//! Failures without an HTTP response: names, routes, connections, and streams that end early.

use super::prelude::*;

rows! {
    OWN;
    NameNotResolved {
        layer: Layer::Dns,
        meaning: "The host's name does not resolve, or no name server can be reached.",
        fix: "check the host with `cf-aig validate`; if it is right, this machine has no DNS: check the VPN and HTTPS_PROXY",
        alike: &[Redirected, ProxyNotFound],
        explains: &[ConnectionFailed, ConnectionLost],
        loosely: ordinary("dns | hostname | host name | domain",
                          "fail | not found | resol | unknown | error | timed out | lookup"),
        [Says("Could not resolve host"), NoStatus] => Certain,
        [Code("EAI_AGAIN | ENOTFOUND")] => Likely,
        [Says("failed to lookup address information")] => Likely,
        [
            Any("getaddrinfo | name or service not known | name could not be resolved | 无法解析 | 域名解析 | \
                 nodename nor servname | no such host | server misbehaving | nameresolutionerror | \
                 failed to resolve | name resolution | dns error | dnsexception | dns lookup | \
                 no address associated with hostname | could not resolve host | host not found | \
                 unknown host | unknownhost | nxdomain | err_name_not_resolved | could not contact dns | \
                 name does not resolve | typo in the url | dns_probe | errno -2] | errno -3] | errno 11001 | \
                 errno 8] | eai_again | dnsopcode"),
            Failed,
        ] => Likely,
    }
    ConnectionRefused {
        meaning: "Nothing listens on that host and port, or a firewall rejects the connection.",
        fix: "run `cf-aig explain ANTHROPIC_BASE_URL`: an old local proxy (127.0.0.1) is the usual reason",
        alike: &[ProxyNotFound],
        explains: &[ConnectionFailed, ConnectionLost],
        [Says("failed: Connection refused"), NoStatus] => Certain,
        [Says("curl: (7) Failed to connect to")] => Likely,
        [Any("econnrefused | connection refused | connectionrefused | actively refused | 积极拒绝 | errno 111] | \
              errno 61] | os error 111 | os error 61 | os error 10061 | winerror 10061 | \
              couldn't connect to server | could not connect to server | failed to connect to localhost | \
              failed to connect to 127.0.0.1 | err_connection_refused | connect call failed | \
              winerror 1225")] => Likely,
    }
    ProxySchemeWrong {
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "HTTPS_PROXY has a scheme that the proxy or the client does not support: most proxies need http://, even for https requests.",
        fix: "write the proxy as http://host:port in HTTPS_PROXY; `cf-aig explain HTTPS_PROXY` shows where it is set",
        alike: &[ProxyRefusedHost, TlsNotSpoken],
        explains: &[TlsNotSpoken, ConnectionFailed, ProxyUnreachable, BaseUrlInvalid],
        level: Reported,
        loosely: telling("proxy | proxies", "scheme | protocol"),
        [Near("proxy | proxies", "scheme")] => Likely,
        [Any("unsupportedproxyprotocol | unsupported proxy | unknown scheme for proxy | \
              proxy url with no scheme | proxy appears to only use http | proxy scheme | invalid proxy url | \
              proxyschemeunknown | proxy uri | proxy protocol is not supported | invalid proxy protocol | \
              unsupported protocol in proxy | proxy specified without scheme")] => Likely,
    }
    ProxyUnreachable {
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The proxy in HTTPS_PROXY cannot be reached.",
        fix: "run `cf-aig explain HTTPS_PROXY` to see where it is set; correct or unset it, or start the proxy",
        alike: &[ProxyNotFound, ProxyRefusedHost],
        explains: &[ConnectionFailed, ConnectionRefused, ConnectionLost, NameNotResolved, NoAnswer],
        level: Reported,
        loosely: ordinary("proxy | http_proxy | https_proxy",
                          "fail | refused | error | unable | cannot | denied | unsupported | invalid | \
                           reset"),
        [
            Any("cannot connect to proxy | unable to connect to proxy | could not connect to proxy | \
                 failed to connect to proxy | proxyconnect | proxyerror | err_proxy_connection_failed | \
                 proxy connection | connect to the proxy | socks5 | socks4 | socks proxy | socksconnection | \
                 socks connection"),
            Failed,
        ] => Likely,
    }
    ConnectionFailed {
        meaning: "The client could not connect and gives no reason: it may be the name, the network, TLS, or a proxy.",
        fix: "run `cf-aig doctor`, which checks name, proxy, connection and TLS one by one; or run `curl -v` on the base URL and pass the output to `cf-aig diagnose`",
        alike: &[ConnectionRefused, NameNotResolved, TlsUntrustedIssuer, ProxyRefusedHost],
        level: Reported,
        loosely: ordinary("connect | network | internet | reach",
                          "fail | unable | cannot | could not | couldn't | can't | error | offline | \
                           unreachable"),
        [
            Weak(&Any("connection error | connectionerror | connecterror | connect error | fetch failed | \
                       failed to fetch | error sending request | all connection attempts failed | \
                       max retries exceeded with url | failed to establish a new connection | \
                       unable to connect | could not connect | can't connect | cannot connect to | \
                       failedtoopensocket | failed to open socket | network request failed | network error | \
                       networkerror | err_network | connection failed | failed to connect | \
                       clientconnectorerror | client error (connect) | http transport | transport error")),
            Failed,
        ] => Likely,
    }
    NoRoute {
        meaning: "This machine has no route to that network.",
        fix: "check the connection and the VPN",
        explains: &[ConnectionFailed],
        [Printed, Code("ENETUNREACH | EHOSTUNREACH")] => Certain,
        [Any("enetunreach | ehostunreach | enetdown | network is unreachable | no route to host | \
              host is unreachable | host unreachable | errno 101] | errno 113] | os error 101 | \
              os error 113 | err_internet_disconnected | err_address_unreachable | winerror 10051 | \
              winerror 10065 | internet connection appears to be offline")] => Likely,
    }
    ConnectionLost {
        meaning: "The connection was closed before a response arrived.",
        fix: "run `cf-aig doctor`: it shows at which layer the connection ends",
        alike: &[StreamCut],
        explains: &[ConnectionFailed, ClientCrashedOnAnswer],
        loosely: ordinary("connection | socket | tcp | pipe",
                          "reset | closed | abort | dropped | lost | broken | terminated | hang up | \
                           interrupt"),
        [Printed, Says("Connection dropped (ECONNRESET)")] => Certain,
        [Says("Connection reset by peer | Empty reply from server | socket hang up")] => Likely,
        [Code("ECONNRESET | EPIPE")] => Likely,
        [
            Any("econnreset | econnaborted | connection reset | connection was reset | connection is reset | \
                 connection_reset | connectionreset | reset by peer | 连接被重置 | 强迫关闭 | connection aborted | \
                 remotedisconnected | remote end closed connection | server disconnected | \
                 serverdisconnected | socket hang up | other side closed | und_err_socket | \
                 err_socket_closed | connectionclosed | connection closed | connection was closed | \
                 connection has been closed | closed before message completed | broken pipe | \
                 forcibly closed | winerror 10054 | errno 104] | errno 54] | os error 104 | os error 10054 | \
                 ssl_error_syscall | und_err_closed | err_http2 | http/2 stream | goaway | refused_stream | \
                 stream error: stream id | empty reply from server | curl: (52) | curl: (56) | curl: (35) | \
                 curl: (92) | unexpected eof | eof occurred in violation | \": eof | err_connection_closed | \
                 err_empty_response | remoteprotocolerror | readerror | writeerror | \
                 connection error: connection | connection dropped | connection to the server was lost | \
                 connection lost"),
            Failed,
        ] => Likely,
    }
    ConnectTimedOut {
        meaning: "Nothing responded to the attempt to connect: a firewall drops the packets, or the address is wrong.",
        fix: "run `cf-aig doctor`; check the host with `cf-aig validate`, and the VPN; try another network",
        alike: &[NoRoute],
        explains: &[NoAnswer, ConnectionFailed],
        level: Reported,
        [Says("connect ETIMEDOUT | curl: (28) Failed to connect | curl: (28) Connection timed out")] => Likely,
        [
            Any("connect etimedout | connection timed out | connecttimeout | connect timeout | \
                 connect_timeout | connection timeout | connect() timed out | timed out while connecting | \
                 connect: operation timed out | 连接超时"),
            Failed,
            NoStatus,
        ] => Likely,
        [Near("dial tcp", "i/o timeout"), Failed, NoStatus] => Likely,
    }
    NoAnswer {
        meaning: "No response arrived in time: the server is slow, or something on the way drops the packets.",
        fix: "run `cf-aig doctor`; set API_TIMEOUT_MS lower to fail sooner, or higher if the model is slow",
        alike: &[ResponseBuffered],
        explains: &[ConnectionFailed],
        loosely: ordinary("request | response | server | connection | api",
                          "timed out | timeout | no response | not responding | hang | stuck | \
                           unresponsive"),
        [Says("Request timed out. If the API is slow to answer | curl: (28) | Operation timed out after")] => Likely,
        [Code("ETIMEDOUT")] => Likely,
        [
            Any("etimedout | esockettimedout | timed out | timeout | time-out | deadline exceeded | \
                 deadline has elapsed | errno 110] | errno 60] | os error 110 | os error 60 | \
                 os error 10060 | winerror 10060 | curl: (28) | err_timed_out | \
                 did not properly respond after a period | 请求超时"),
            Failed,
            NoStatus,
        ] => Likely,
    }
    StreamStalled {
        layer: Layer::Streaming,
        meaning: "The response started or was announced, then nothing arrived until the client timed out.",
        fix: "run `cf-aig conformance`: it shows whether pieces of a stream arrive one by one",
        alike: &[ResponseBuffered, NoAnswer],
        explains: &[NoAnswer, ConnectionFailed],
        doc: Some(docs::CC_PROTOCOL),
        [Says("stream idle: no bytes for | Streaming idle timeout (byte-level)")] => Likely,
    }
    StreamCut {
        layer: Layer::Streaming,
        meaning: "The response stopped in the middle of the stream.",
        fix: "send the request again; if it always stops after the same time, a proxy in between limits the duration of connections",
        alike: &[ConnectionLost],
        explains: &[ConnectionFailed, ClientCrashedOnAnswer, AnswerNotAMessage, ConnectionLost],
        loosely: ordinary("stream | response | sse | chunk",
                          "interrupt | cut | truncated | incomplete | ended | abort | terminated | closed | \
                           partial"),
        [Printed, Says("Connection to the API was lost")] => Certain,
        [Says("Stream connection error ( | Stream ended cleanly inside open block | \
               transfer closed with outstanding read data remaining")] => Likely,
        [Says("API returned an empty or malformed response (HTTP 200)"), Says("StreamTruncated")] => Likely,
        [
            Any("incomplete chunked read | without sending complete message body | incompleteread | \
                 incomplete read | payload is not completed | response payload is not | clientpayloaderror | \
                 premature close | err_stream_premature_close | stream ended unexpectedly | \
                 unexpected end of file | unexpected end of stream | transfer closed with | curl: (18) | \
                 stream closed before | stream disconnected before completion | stream interrupted | \
                 stream was interrupted | connection closed mid | connection closed while | \
                 connection lost mid | response ended prematurely | error: terminated | (terminated) | \
                 invalid chunk | body from connection | chunkedencodingerror | invalidchunklength | \
                 connection broken | partial response | stream cut | mid-stream"),
            Failed,
        ] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Tcp, speaker: Nobody, doc: Some(docs::CC_NETWORK), ..ROW };
