//! Failures of TLS: certificates, interception, handshakes.

use super::prelude::*;

/// Names of common products that intercept TLS, as in `issuer:` lines. General knowledge, not measured; the
/// row says so.
const INTERCEPTORS: &str = "\
    Zscaler | Netskope | goskope | Fortinet | FortiGate | Palo Alto | Blue Coat | Sophos | Cisco Umbrella | \
    Gateway CA - Cloudflare | Cloudflare for Teams | McAfee | Kaspersky | ESET SSL Filter | mitmproxy | \
    Charles Proxy";

rows! {
    OWN;
    TlsUntrustedIssuer {
        meaning: "The certificate is signed by an authority that this program does not trust, such as that of a TLS-inspecting proxy.",
        fix: "set NODE_EXTRA_CA_CERTS to the proxy's root certificate; `cf-aig doctor` prints the issuer",
        alike: &[TlsInterceptorNamed, HostNotAllowed],
        explains: &[ConnectionFailed, ConnectionLost, TlsHandshakeFailed, StartupCheckFailed],
        loosely: telling("certificate | cert  | x509 | issuer",
                         "invalid | verif | untrusted | not trusted | unknown | self | reject | fail | \
                          error"),
        [ClientError("tls_untrusted_ca")] => Likely,
        [Code("UNABLE_TO_VERIFY_LEAF_SIGNATURE | UNABLE_TO_GET_ISSUER_CERT_LOCALLY | \
               UNABLE_TO_GET_ISSUER_CERT | SELF_SIGNED_CERT_IN_CHAIN | DEPTH_ZERO_SELF_SIGNED_CERT | \
               UnknownIssuer")] => Likely,
        [Says("unable to get local issuer certificate | SSL certificate problem: self-signed certificate | \
               SSL certificate problem: self signed certificate")] => Likely,
        [
            Any("certificate_verify_failed | certificate verify failed | unable to get local issuer | \
                 unable to get issuer | unable to verify the first certificate | self-signed certificate | \
                 self signed certificate | signed by unknown authority | \
                 unknown_certificate_verification_error | unknown certificate verification | unknownissuer | \
                 unknown issuer | invalid peer certificate | not trusted | untrusted root | untrusted_root | \
                 untrusted certificate | pkix path building | unknown ca | unknown_ca | unknownca | \
                 cert_untrusted | cert_authority_invalid | err_cert_authority | \
                 missing authority key identifier | basic constraints of ca cert | sec_e_untrusted | \
                 revocation | ca certificate | certificate error | ssl certificate problem | \
                 ssl certificate verification | sslcertverification | certificateunknown | \
                 certificate_unknown | badcertificate | err_tls_cert"),
            Failed,
        ] => Likely,
    }
    TlsInterceptorNamed {
        meaning: "The certificate's issuer is a product that intercepts TLS connections.",
        fix: "set NODE_EXTRA_CA_CERTS to that product's root certificate, or have gateway.ai.cloudflare.com exempted from inspection",
        alike: &[TlsUntrustedIssuer],
        explains: &[TlsUntrustedIssuer],
        level: Unverified,
        [Says("issuer:"), Says(INTERCEPTORS)] => Likely,
    }
    TlsCertificateExpired {
        meaning: "The certificate has expired, or this computer's clock is wrong.",
        fix: "compare `date` with the certificate's dates in `curl -v`; if the clock is right, a proxy's certificate has expired",
        explains: &[TlsUntrustedIssuer, ConnectionFailed, ConnectionLost, TlsHandshakeFailed],
        [Code("CERT_HAS_EXPIRED | CERT_NOT_YET_VALID")] => Likely,
        [Any("certificate has expired | certificate expired | cert_has_expired | not yet valid | \
              certificate is expired | certexpired | certificate: expired | cert_date_invalid")] => Likely,
    }
    TlsNameMismatch {
        meaning: "The certificate is for another host: the connection does not lead to the URL's host.",
        fix: "check the certificate's subject with `curl -v`; it shows who really responds",
        alike: &[HostNotAllowed],
        explains: &[TlsUntrustedIssuer, ConnectionFailed, ConnectionLost, TlsHandshakeFailed],
        [Code("ERR_TLS_CERT_ALTNAME_INVALID | NotValidForName")] => Likely,
        [
            Any("hostname mismatch | certificate is valid for | is not valid for the name | \
                 does not match certificate | altname | name_invalid | \
                 no alternative certificate | notvalidforname | not valid for name | \
                 certificate common name | ip address mismatch | hostname/ip does not match"),
            Any("certificate | cert_ | altname | tls | ssl | x509 | notvalidforname"),
        ] => Likely,
        [Near("hostname | certificate", "doesn't match"), NoStatus] => Likely,
    }
    TlsNotSpoken {
        speaker: Nobody,
        meaning: "The URL uses https, but the port does not speak TLS.",
        fix: "correct the scheme or the port of the URL; `cf-aig validate` checks it",
        alike: &[TlsUntrustedIssuer],
        explains: &[ConnectionFailed, TlsHandshakeFailed],
        doc: None,
        [Code("EPROTO")] => Likely,
        [Says("Does the server speak TLS on this port?")] => Likely,
        [Any("wrong version number | wrong_version_number | first record does not look like a tls | \
              server gave http response to https | plain http request was sent to https | \
              packet length too long | record layer failure | invalidcontenttype | \
              http request to an https | unexpected message during handshake | \
              unsupported or unrecognized ssl message | unknown_protocol | :unknown protocol | \
              tls: invalid content type | received http/0.9")] => Likely,
    }
    TlsHandshakeFailed {
        speaker: Nobody,
        meaning: "The TLS connection failed during the handshake or later: a proxy, firewall or antivirus closes or changes it, or the two sides have no TLS version in common.",
        fix: "run `curl -v` against the base URL and pass the output to `cf-aig diagnose`; try another network, or have the host exempted from TLS inspection",
        alike: &[ConnectionLost, TlsUntrustedIssuer],
        explains: &[ConnectionFailed, ConnectionLost],
        level: Reported,
        loosely: ordinary("tls | ssl | handshake",
                          "fail | error | alert | eof | reset | invalid | unexpected | refused | mismatch"),
        [
            Any("handshake eof | handshake failure | handshake_failure | handshake failed | \
                 handshakefailure | handshake was terminated | handshake message | bad record mac | \
                 bad_record_mac | decryption_failed | decryption failed | decrypt error | \
                 remote error: tls | fatal alert | tlsv1 alert | sslv3 alert | tls alert | ssl alert | \
                 alert protocol version | tlsv1_alert | sslv3_alert | sslerror | ssl error | ssl_error_ | \
                 tls error | tls:  | ssl routines | no shared cipher | no_shared_cipher | no cipher | \
                 illegal_parameter | illegal parameter | unrecognized_name | unrecognized name | \
                 unsafe_legacy_renegotiation | unsafe legacy renegotiation | dh key too small | sec_e_ | \
                 schannel"),
            Failed,
            NoStatus,
        ] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Tls, speaker: TlsInterceptor, doc: Some(docs::CC_NETWORK), ..ROW };
