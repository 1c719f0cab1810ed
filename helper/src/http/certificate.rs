//! Reads the issuer and the expiry of an X.509 certificate, for messages.
//!
//! rustls decides whether a certificate is trusted; this code plays no part in that. The layout is
//! that of RFC 5280, section 4.1. A full X.509 crate would be a twentieth of the binary, so this
//! reads only the two fields; a test compares it with such a crate.

use crate::base::text::visible;
use jiff::civil;
use jiff::tz::TimeZone;

/// What messages say about a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The issuer's organization, else its common name, else any other name.
    pub issuer: Option<String>,
    /// When it expires, in seconds since 1970, and as RFC 3339.
    pub until: Option<(u64, String)>,
    /// True if it is trusted only because of `NODE_EXTRA_CA_CERTS`; false if that was not checked.
    pub by_extra_roots: bool,
}

/// Parses a DER certificate. Fields that cannot be read are `None`.
pub(super) fn read(der: &[u8]) -> Certificate {
    let fields = fields(der);
    Certificate {
        issuer: fields.and_then(|(issuer, _)| issuer_name(issuer)),
        until: fields.and_then(|(_, validity)| not_after(validity)),
        by_extra_roots: false,
    }
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BMP_STRING: u8 = 0x1e;
const EXPLICIT_VERSION: u8 = 0xa0;

/// 2.5.4.10 and 2.5.4.3
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// A sequence of DER values.
struct DerReader<'a>(&'a [u8]);

impl<'a> DerReader<'a> {
    /// The next value's tag and content. `None` at the end, and if the rest is not DER.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.is_empty() || bytes.len() > 4 {
                return None;
            }
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The next value's content, if it has this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

/// The contents of `issuer` and `validity`.
fn fields(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let certificate = DerReader(der).expect(SEQUENCE)?;
    let mut tbs = DerReader(DerReader(certificate).expect(SEQUENCE)?);
    let (tag, _) = tbs.any()?;
    if tag == EXPLICIT_VERSION {
        tbs.expect(INTEGER)?;
    }
    tbs.expect(SEQUENCE)?;
    Some((tbs.expect(SEQUENCE)?, tbs.expect(SEQUENCE)?))
}

fn issuer_name(name: &[u8]) -> Option<String> {
    let mut sets = DerReader(name);
    let mut attributes = Vec::new();
    while let Some(set) = sets.expect(SET) {
        let mut set = DerReader(set);
        while let Some(attribute) = set.expect(SEQUENCE) {
            let mut attribute = DerReader(attribute);
            let (Some(kind), Some((tag, value))) = (attribute.expect(OID), attribute.any()) else { continue };
            attributes.extend(string(tag, value).map(|text| (kind, text)));
        }
    }
    let of_kind = |wanted| attributes.iter().find(|(kind, _)| *kind == wanted).map(|(_, text)| text.clone());
    let all = || attributes.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(", ");
    let shown = of_kind(ORGANIZATION).or_else(|| of_kind(COMMON_NAME)).unwrap_or_else(all);
    let shown: String = visible(&shown).trim().chars().take(80).collect();
    (!shown.is_empty()).then_some(shown)
}

fn string(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        UTF8_STRING | PRINTABLE_STRING | IA5_STRING => String::from_utf8(value.to_vec()).ok(),
        // ISO 8859-1 in practice
        TELETEX_STRING => Some(value.iter().copied().map(char::from).collect()),
        BMP_STRING => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

/// `notAfter`: `YYMMDDHHMMSSZ` up to 2049, `YYYYMMDDHHMMSSZ` later (RFC 5280, section 4.1.2.5).
fn not_after(validity: &[u8]) -> Option<(u64, String)> {
    let mut validity = DerReader(validity);
    validity.any()?;
    let (tag, text) = validity.any()?;
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let text = match tag {
        UTC_TIME if text.len() == 12 => format!("{}{text}", if text < "50" { "20" } else { "19" }),
        GENERALIZED_TIME if text.len() == 14 => text.to_owned(),
        _ => return None,
    };
    let at = civil::DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some((u64::try_from(at.as_second()).ok()?, at.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
    use x509_cert::der::Decode;

    fn certificate(names: &[(DnType, &str)], (year, month, day): (i32, u8, u8)) -> Vec<u8> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        params.not_after = rcgen::date_time_ymd(year, month, day);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_organization_names_the_issuer_before_the_common_name_does() {
        let names = [(DnType::CommonName, "Root R1"), (DnType::OrganizationName, "Zscaler Inc.")];
        let der = certificate(&names, (2040, 1, 1));
        assert_eq!(read(&der).issuer.as_deref(), Some("Zscaler Inc."));
        assert_eq!(read(&certificate(&names[..1], (2040, 1, 1))).issuer.as_deref(), Some("Root R1"));
        assert_eq!(
            read(&certificate(&[(DnType::CountryName, "CH")], (2040, 1, 1))).issuer.as_deref(),
            Some("CH")
        );
        assert_eq!(read(&certificate(&[], (2040, 1, 1))).issuer, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_fields_equal_those_that_a_full_x509_parser_reads(
            organization in "[a-zA-Zé漢 .,&-]{1,100}", year in 1975..4000i32, month in 1..=12u8, day in 1..=28u8,
        ) {
            let der = certificate(&[(DnType::OrganizationName, &organization)], (year, month, day));
            let full = x509_cert::Certificate::from_der(&der).unwrap();
            let until = full.tbs_certificate().validity().not_after;
            let read = read(&der);
            prop_assert_eq!(
                read.until, Some((until.to_unix_duration().as_secs(), until.to_date_time().to_string()))
            );
            let organization: String = organization.trim().chars().take(80).collect();
            prop_assert_eq!(read.issuer.unwrap_or_default(), organization);
        }

        #[test]
        fn damaged_bytes_never_panic(at in 0..300usize, byte: u8, cut in 0..600usize) {
            let mut der = certificate(&[(DnType::OrganizationName, "Example")], (2040, 1, 1));
            if let Some(slot) = der.get_mut(at) {
                *slot = byte;
            }
            der.truncate(cut);
            read(&der);
        }
    }
}
