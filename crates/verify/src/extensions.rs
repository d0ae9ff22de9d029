//! The extensions that Go's crypto/x509 understands, and which critical ones it does not.

use x509::Oid;
use x509::der::{Reader, Tag};

use crate::certificate::Usage;
use crate::der::{Cryptobyte, content, is_oid, reader, shortest, signed};
use crate::error::ParseError;
use crate::ip::{self, IpBytes, IpNetwork};
use crate::names::{Mailbox, is_domain};
use crate::quote::quote;
use crate::uri::Uri;

/// What the extensions of a certificate say. Those that are absent are empty or `None`.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// The bits of the key usage, digitalSignature lowest; 0 when absent.
    pub key_usage: u16,
    /// Whether it is an authority, and how long a chain below it may be.
    pub basic_constraints: Option<BasicConstraints>,
    /// The bytes of the subject alternative names.
    pub raw_names: Option<Vec<u8>>,
    /// The subject alternative names.
    pub names: AlternativeNames,
    /// The names it may vouch for.
    pub name_constraints: Option<NameConstraints>,
    /// The extended key usages.
    pub usages: Vec<Usage>,
    /// The identifier of its key; empty when absent.
    pub subject_key_id: Vec<u8>,
    /// The identifier of the issuer's key; empty when absent.
    pub authority_key_id: Vec<u8>,
    /// The object identifiers of its policies.
    pub policies: Vec<Vec<u8>>,
    /// Which policies of its own stand for the issuer's.
    pub policy_mappings: Vec<PolicyMapping>,
    /// After how many certificates a policy is required.
    pub require_explicit_policy: Option<i64>,
    /// After how many certificates policies are no longer mapped.
    pub inhibit_policy_mapping: Option<i64>,
    /// After how many certificates anyPolicy no longer counts.
    pub inhibit_any_policy: Option<i64>,
    /// The object identifiers, in dotted numbers, of critical extensions that are not understood.
    pub unhandled_critical: Vec<String>,
}

/// A policy of the issuer's domain, and one of the subject's domain that equals it.
pub type PolicyMapping = (Vec<u8>, Vec<u8>);

/// Whether a certificate is an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// The CA flag.
    pub is_ca: bool,
    /// How many intermediates may stand between it and a leaf.
    pub path_length: Option<u64>,
}

/// Subject alternative names of the kinds that Go reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlternativeNames {
    /// DNS names; ASCII, otherwise as written.
    pub dns: Vec<String>,
    /// Addresses.
    pub ip: Vec<IpBytes>,
    /// E-mail addresses; ASCII.
    pub email: Vec<String>,
    /// URIs.
    pub uri: Vec<Uri>,
}

/// The names that an authority may vouch for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// For each kind that occurs here, a name must lie in one of these.
    pub permitted: Subtrees,
    /// A name must lie in none of these.
    pub excluded: Subtrees,
}

/// Subtrees of names, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subtrees {
    /// Domains.
    pub dns: Vec<String>,
    /// Networks.
    pub ip: Vec<IpNetwork>,
    /// Mailboxes and domains of mailboxes.
    pub email: Vec<String>,
    /// Domains of URIs.
    pub uri: Vec<String>,
}

/// id-pe-authorityInfoAccess.
const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];

impl Extensions {
    /// Takes one more extension in, as the loop of `processExtensions`.
    pub(crate) fn add(
        &mut self,
        oid: Oid<'_>,
        critical: bool,
        value: &[u8],
    ) -> Result<(), ParseError> {
        let is_handled = match oid.0 {
            AUTHORITY_INFO_ACCESS => {
                authority_info_access(critical, value)?;
                true
            }
            [0x55, 0x1d, last] => self.add_standard(*last, critical, value)?,
            _ => false,
        };
        if critical && !is_handled {
            self.unhandled_critical.push(oid.dotted());
        }
        Ok(())
    }

    /// Takes in an extension of the arc id-ce (2.5.29); says whether it is understood.
    fn add_standard(&mut self, last: u8, critical: bool, value: &[u8]) -> Result<bool, ParseError> {
        match last {
            14 => self.subject_key_id = subject_key_id(critical, value)?,
            15 => self.key_usage = key_usage(value)?,
            17 => {
                self.names = AlternativeNames::parse(value)?;
                self.raw_names = Some(value.to_vec());
                return Ok(self.names != AlternativeNames::default());
            }
            19 => self.basic_constraints = Some(BasicConstraints::parse(value)?),
            30 => {
                let (constraints, is_handled) = NameConstraints::parse(value)?;
                self.name_constraints = Some(constraints);
                return Ok(is_handled);
            }
            31 => crl_distribution_points(value)?,
            32 => self.policies = policies(value)?,
            33 => self.policy_mappings = policy_mappings(value)?,
            35 => self.authority_key_id = authority_key_id(critical, value)?,
            36 => self.add_policy_constraints(value)?,
            37 => self.usages = usages(value)?,
            54 => {
                let certificates = reader(value).integer().and_then(signed);
                let error = ParseError::new("x509: invalid inhibit any policy extension");
                self.inhibit_any_policy = Some(certificates.ok_or(error)?).filter(|n| *n >= 0);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn add_policy_constraints(&mut self, value: &[u8]) -> Result<(), ParseError> {
        let invalid = || ParseError::new("x509: invalid policy constraints extension");
        let mut fields = content(value, Tag::SEQUENCE).ok_or_else(invalid)?;
        let mut number = |tag| -> Result<Option<i64>, ParseError> {
            if !fields.has(Tag::context(tag)) {
                return Ok(None);
            }
            let field = fields.element(Tag::context(tag));
            let number = field.and_then(|tlv| shortest(tlv.body)).and_then(signed);
            number
                .ok_or_else(invalid)
                .map(|n| Some(n).filter(|n| *n >= 0))
        };
        self.require_explicit_policy = number(0)?;
        self.inhibit_policy_mapping = number(1)?;
        Ok(())
    }
}

impl BasicConstraints {
    fn parse(value: &[u8]) -> Result<Self, ParseError> {
        Self::read(value).ok_or(ParseError::new("x509: invalid basic constraints"))
    }

    fn read(value: &[u8]) -> Option<Self> {
        let mut fields = content(value, Tag::SEQUENCE)?;
        let is_ca = match fields.has(Tag::BOOLEAN) {
            true => fields.boolean()?,
            false => false,
        };
        let path_length = match fields.has(Tag::INTEGER) {
            true => Some(u64::try_from(signed(fields.integer()?)?).ok()?),
            false => None,
        };
        Some(BasicConstraints { is_ca, path_length })
    }
}

impl AlternativeNames {
    fn parse(value: &[u8]) -> Result<Self, ParseError> {
        let mut names = AlternativeNames::default();
        let list = content(value, Tag::SEQUENCE);
        let mut list = list.ok_or(ParseError::new("x509: invalid subject alternative names"))?;
        while !list.is_empty() {
            let invalid = || ParseError::new("x509: invalid subject alternative name");
            let name = list.any().ok_or_else(invalid)?;
            names.add(name.tag, name.body)?;
        }
        Ok(names)
    }

    fn add(&mut self, tag: Tag, body: &[u8]) -> Result<(), ParseError> {
        let text = |error| ascii(body).ok_or(ParseError::new(error));
        if tag == Tag::context(1) {
            self.email.push(text("x509: SAN rfc822Name is malformed")?);
        } else if tag == Tag::context(2) {
            self.dns.push(text("x509: SAN dNSName is malformed")?);
        } else if tag == Tag::context(6) {
            text("x509: SAN uniformResourceIdentifier is malformed")?;
            self.uri.push(parse_uri(body)?);
        } else if tag == Tag::context(7) {
            let length = || format!("x509: cannot parse IP address of length {}", body.len());
            let address = IpBytes::new(body);
            self.ip
                .push(address.ok_or_else(|| ParseError::owned(length()))?);
        }
        Ok(())
    }
}

fn parse_uri(text: &[u8]) -> Result<Uri, ParseError> {
    let cannot =
        |why: &str| ParseError::owned(format!("x509: cannot parse URI {}: {why}", quote(text)));
    let uri = Uri::parse(text).map_err(|why| cannot(&why))?;
    match is_domain(uri.host(), false) {
        true => Ok(uri),
        false => Err(cannot("invalid domain")),
    }
}

impl NameConstraints {
    /// The constraints, and whether every kind of name in them is understood.
    fn parse(value: &[u8]) -> Result<(Self, bool), ParseError> {
        let invalid = || ParseError::new("x509: invalid NameConstraints extension");
        let mut outer = reader(value);
        let mut fields = outer.sequence().ok_or_else(invalid)?;
        let permitted = fields.optional(Tag::context_constructed(0));
        let permitted = permitted.map_err(|_| invalid())?;
        let excluded = fields.optional(Tag::context_constructed(1));
        let excluded = excluded.map_err(|_| invalid())?;
        if !outer.is_empty() || !fields.is_empty() {
            return Err(invalid());
        }
        let permitted = permitted.map_or(&[][..], |tlv| tlv.body);
        let excluded = excluded.map_or(&[][..], |tlv| tlv.body);
        if permitted.is_empty() && excluded.is_empty() {
            return Err(ParseError::new("x509: empty name constraints extension"));
        }
        let (permitted, all_permitted) = Subtrees::parse(reader(permitted))?;
        let (excluded, all_excluded) = Subtrees::parse(reader(excluded))?;
        let constraints = NameConstraints {
            permitted,
            excluded,
        };
        Ok((constraints, all_permitted && all_excluded))
    }
}

impl Subtrees {
    fn parse(mut list: Reader<'_>) -> Result<(Self, bool), ParseError> {
        let mut subtrees = Subtrees::default();
        let mut all_handled = true;
        while !list.is_empty() {
            let base = list.sequence().and_then(|mut subtree| subtree.any());
            let invalid = || ParseError::new("x509: invalid NameConstraints extension");
            let base = base.ok_or_else(invalid)?;
            all_handled &= subtrees.add(base.tag, base.body)?;
        }
        Ok((subtrees, all_handled))
    }

    /// Takes one subtree in; says whether its kind is understood.
    fn add(&mut self, tag: Tag, body: &[u8]) -> Result<bool, ParseError> {
        if tag == Tag::context(1) {
            self.email.push(email_constraint(body)?);
        } else if tag == Tag::context(2) {
            let domain = ascii_constraint(body)?;
            if !is_domain(body, true) {
                return Err(bad_constraint("dnsName", body, ""));
            }
            self.dns.push(domain);
        } else if tag == Tag::context(6) {
            self.uri.push(uri_constraint(body)?);
        } else if tag == Tag::context(7) {
            self.ip.push(ip_constraint(body)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

fn email_constraint(body: &[u8]) -> Result<String, ParseError> {
    let text = ascii_constraint(body)?;
    let is_valid = match body.contains(&b'@') {
        true => Mailbox::parse(body).is_some(),
        false => is_domain(body, true),
    };
    is_valid
        .then_some(text)
        .ok_or_else(|| bad_constraint("rfc822Name", body, ""))
}

fn uri_constraint(body: &[u8]) -> Result<String, ParseError> {
    let domain = ascii_constraint(body)?;
    if ip::parse(&domain).is_some() {
        return Err(bad_constraint("URI", body, ": cannot be IP address"));
    }
    is_domain(body, true)
        .then_some(domain)
        .ok_or_else(|| bad_constraint("URI", body, ""))
}

fn bad_constraint(kind: &str, body: &[u8], why: &str) -> ParseError {
    let text = quote(body);
    ParseError::owned(format!(
        "x509: failed to parse {kind} constraint {text}{why}"
    ))
}

fn ascii_constraint(body: &[u8]) -> Result<String, ParseError> {
    ascii(body).ok_or_else(|| {
        let text = quote(body);
        ParseError::owned(format!(
            "x509: invalid constraint value: x509: {text} cannot be encoded as an IA5String"
        ))
    })
}

fn ip_constraint(body: &[u8]) -> Result<IpNetwork, ParseError> {
    let wrong_length = || {
        let length = body.len();
        ParseError::owned(format!(
            "x509: IP constraint contained value of length {length}"
        ))
    };
    let (address, mask) = body.split_at(body.len() / 2);
    if !matches!(body.len(), 8 | 32) {
        return Err(wrong_length());
    }
    let ones = mask.iter().take_while(|byte| **byte == 0xff).count();
    let rest = &mask[ones..];
    let is_contiguous = rest
        .first()
        .is_none_or(|byte| byte.count_zeros() == byte.trailing_zeros())
        && rest.iter().skip(1).all(|byte| *byte == 0);
    if !is_contiguous {
        let hex: String = mask.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("x509: IP constraint contained invalid mask {hex}");
        return Err(ParseError::owned(text));
    }
    let (address, mask) = (IpBytes::new(address), IpBytes::new(mask));
    let network = address
        .zip(mask)
        .map(|(address, mask)| IpNetwork { address, mask });
    network.ok_or_else(wrong_length)
}

fn ascii(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    text.is_ascii().then(|| text.to_owned())
}

fn key_usage(value: &[u8]) -> Result<u16, ParseError> {
    let bits = reader(value).bit_string();
    let bits = bits.ok_or(ParseError::new("x509: invalid key usage"))?;
    Ok((0..9)
        .filter(|i| bits.bit(*i))
        .fold(0, |usage, i| usage | 1 << i))
}

fn subject_key_id(critical: bool, value: &[u8]) -> Result<Vec<u8>, ParseError> {
    if critical {
        return Err(ParseError::new(
            "x509: subject key identifier incorrectly marked critical",
        ));
    }
    let id = reader(value).element(Tag::OCTET_STRING);
    let id = id.ok_or(ParseError::new("x509: invalid subject key identifier"))?;
    Ok(id.body.to_vec())
}

fn authority_key_id(critical: bool, value: &[u8]) -> Result<Vec<u8>, ParseError> {
    if critical {
        return Err(ParseError::new(
            "x509: authority key identifier incorrectly marked critical",
        ));
    }
    let invalid = || ParseError::new("x509: invalid authority key identifier");
    let mut fields = content(value, Tag::SEQUENCE).ok_or_else(invalid)?;
    let id = fields.optional(Tag::context(0)).map_err(|_| invalid())?;
    Ok(id.map_or_else(Vec::new, |tlv| tlv.body.to_vec()))
}

fn usages(value: &[u8]) -> Result<Vec<Usage>, ParseError> {
    let invalid = || ParseError::new("x509: invalid extended key usages");
    let mut list = content(value, Tag::SEQUENCE).ok_or_else(invalid)?;
    let mut usages = Vec::new();
    while !list.is_empty() {
        usages.push(Usage::new(list.oid().ok_or_else(invalid)?));
    }
    Ok(usages)
}

fn policies(value: &[u8]) -> Result<Vec<Vec<u8>>, ParseError> {
    let invalid = || ParseError::new("x509: invalid certificate policies");
    let mut list = content(value, Tag::SEQUENCE).ok_or_else(invalid)?;
    let mut policies: Vec<Vec<u8>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    while !list.is_empty() {
        let policy = list.sequence().and_then(|mut info| info.element(Tag::OID));
        let policy = policy.ok_or_else(invalid)?.body;
        if !seen.insert(policy) || !is_oid(policy) {
            return Err(invalid());
        }
        policies.push(policy.to_vec());
    }
    Ok(policies)
}

fn policy_mappings(value: &[u8]) -> Result<Vec<PolicyMapping>, ParseError> {
    let invalid = || ParseError::new("x509: invalid policy mappings extension");
    let mut list = content(value, Tag::SEQUENCE).ok_or_else(invalid)?;
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let pair = list.sequence().and_then(|mut pair| {
            let (issuer, subject) = (pair.element(Tag::OID)?, pair.element(Tag::OID)?);
            Some((issuer.body.to_vec(), subject.body.to_vec()))
        });
        mappings.push(pair.ok_or_else(invalid)?);
    }
    Ok(mappings)
}

/// Checks the form alone: Go keeps the addresses, but no decision looks at them.
fn crl_distribution_points(value: &[u8]) -> Result<(), ParseError> {
    let points = content(value, Tag::SEQUENCE);
    let mut points = points.ok_or(ParseError::new("x509: invalid CRL distribution points"))?;
    while !points.is_empty() {
        let point = points.sequence().and_then(crl_distribution_point);
        point.ok_or(ParseError::new("x509: invalid CRL distribution point"))?;
    }
    Ok(())
}

fn crl_distribution_point(mut point: Reader<'_>) -> Option<()> {
    let explicit = Tag::context_constructed(0);
    let Some(name) = point.optional(explicit).ok()? else {
        return Some(());
    };
    let mut names = content(name.body, explicit)?;
    while names.has(Tag::context(6)) {
        names.element(Tag::context(6))?;
    }
    Some(())
}

/// Checks the form alone, like [`crl_distribution_points`].
fn authority_info_access(critical: bool, value: &[u8]) -> Result<(), ParseError> {
    if critical {
        return Err(ParseError::new(
            "x509: authority info access incorrectly marked critical",
        ));
    }
    let invalid = || ParseError::new("x509: invalid authority info access");
    let mut list = content(value, Tag::SEQUENCE).ok_or_else(invalid)?;
    while !list.is_empty() {
        let mut access = list.sequence().ok_or_else(invalid)?;
        access.oid().ok_or_else(invalid)?;
        access.optional(Tag::context(6)).map_err(|_| invalid())?;
    }
    Ok(())
}
