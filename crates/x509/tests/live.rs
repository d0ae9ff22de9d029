//! Certificates, requests and revocation lists that OpenSSL makes are printed as it prints them: the
//! installed one, when it is of the 3.0 series, and the one that `KUBEPKI_OPENSSL_3_5` names. Says
//! `skipped` for each that there is not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kubepki_x509::text::{self, OpensslVersion};
use kubepki_x509::{Certificate, Request, RevocationList};

const CONFIG: &str = "\
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
[dn]
C = DE
O = Müller, Sons + Co
OU = \" leading\"
CN = \\#hash
emailAddress = a@example.com
[plain]
basicConstraints = critical, CA:true, pathlen:3
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, clientAuth, 1.2.3.4
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer:always
subjectAltName = DNS:example.com, IP:10.0.0.1, IP:fd00::1, email:a@b.c, URI:https://x/y, RID:1.2.3.4, dirName:dir, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@x, otherName:1.2.3.4;UTF8:other
issuerAltName = DNS:issuer.example.com
certificatePolicies = 1.2.3.4, @policy, 2.5.29.32.0
policyConstraints = requireExplicitPolicy:3, inhibitPolicyMapping:1
policyMappings = 1.2.3.4:1.5.6.7
inhibitAnyPolicy = 2
nameConstraints = permitted;DNS:.example.com, permitted;IP:10.0.0.0/255.0.0.0, excluded;email:.org, excluded;IP:fd00::/ffff::
crlDistributionPoints = point1, URI:http://x/other.crl
authorityInfoAccess = OCSP;URI:http://ocsp, caIssuers;URI:http://ca
freshestCRL = URI:http://delta
tlsfeature = status_request
noCheck = ignored
nsCertType = server, sslCA
nsComment = \"a comment\"
1.2.3.4.5 = DER:04:03:41:42:43
[dir]
C = UK
O = Over / There
CN = dir + name
[policy]
policyIdentifier = 1.3.5.8
CPS.1 = http://my.host/
userNotice.1 = @notice
[notice]
explicitText = Explicit Text Here
organization = Organisation Name
noticeNumbers = 1, 2, 3
[point1]
fullname = URI:http://x/y.crl, DNS:second
CRLissuer = dirName:dir
reasons = keyCompromise, CACompromise
[addresses]
sbgp-ipAddrBlock = critical, IPv4:10.0.0.0/8, IPv4:192.168.0.0-192.168.1.7, IPv6:inherit
sbgp-autonomousSysNum = critical, AS:64511, AS:64500-64505, RDI:inherit
[proxy]
proxyCertInfo = critical, language:id-ppl-anyLanguage, pathlen:3, policy:text:AB
[ca]
default_ca = it
[it]
database = index.txt
crlnumber = crlnumber
default_md = sha256
crl_extensions = crl
default_crl_days = 30
[crl]
authorityKeyIdentifier = keyid:always
issuerAltName = DNS:crl.example.com
issuingDistributionPoint = critical, @idp
[idp]
fullname = URI:http://x/idp.crl
onlyuser = TRUE
indirectCRL = TRUE
";

const KEYS: [&[&str]; 10] = [
    &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    &[
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-pkeyopt",
        "rsa_keygen_pubexp:3",
    ],
    &["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:1024"],
    &[
        "-algorithm",
        "RSA-PSS",
        "-pkeyopt",
        "rsa_keygen_bits:1024",
        "-pkeyopt",
        "rsa_pss_keygen_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_saltlen:32",
    ],
    &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    &[
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:secp521r1",
    ],
    &[
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:brainpoolP256r1",
    ],
    &[
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-pkeyopt",
        "ec_param_enc:explicit",
    ],
    &["-algorithm", "ED25519"],
    &["-algorithm", "ED448"],
];

/// Those that 3.5 knows besides.
const NEWER_KEYS: [&[&str]; 4] = [
    &["-algorithm", "ML-DSA-44"],
    &["-algorithm", "ML-DSA-87"],
    &["-algorithm", "SLH-DSA-SHA2-128f"],
    &["-algorithm", "SLH-DSA-SHAKE-256f"],
];

#[test]
fn certificates_of_every_kind_of_key() {
    with_each("keys", keys);
}

fn keys(openssl: &Openssl) {
    let newer: &[&[&str]] = match openssl.version {
        OpensslVersion::V3_5 => &NEWER_KEYS,
        OpensslVersion::V3_0 | OpensslVersion::V1_1_1 => &[],
    };
    for key in KEYS.iter().chain(newer) {
        openssl.run(&[&["genpkey", "-out", "key.pem"], *key].concat());
        openssl.run(&[
            "req", "-x509", "-config", "cnf", "-key", "key.pem", "-days", "20000", "-utf8", "-out",
            "cert.pem",
        ]);
        openssl.compare_certificate(&format!("{key:?}"));
    }
}

#[test]
fn certificates_of_every_kind_of_extension() {
    with_each("extensions", extensions);
}

fn extensions(openssl: &Openssl) {
    openssl.run(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-out",
        "key.pem",
    ]);
    for section in ["plain", "addresses", "proxy"] {
        let serial = if section == "plain" {
            "-5"
        } else {
            "0x1234567890abcdef1234"
        };
        openssl.run(&[
            "req",
            "-x509",
            "-config",
            "cnf",
            "-extensions",
            section,
            "-key",
            "key.pem",
            "-utf8",
            "-set_serial",
            serial,
            "-out",
            "cert.pem",
        ]);
        openssl.compare_certificate(section);
    }
}

#[test]
fn requests() {
    with_each("requests", request_kinds);
}

fn request_kinds(openssl: &Openssl) {
    openssl.run(&[
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:1024",
        "-out",
        "key.pem",
    ]);
    let attributes = "[req]\ndistinguished_name = dn\nattributes = at\nprompt = no\n[at]\nchallengePassword = secret words\nunstructuredName = another\n[dn]\nCN = x\n";
    std::fs::write(openssl.folder.join("attributes"), attributes).unwrap();
    for arguments in [
        &["-config", "cnf"][..],
        &["-config", "cnf", "-reqexts", "plain"],
        &["-config", "attributes"],
    ] {
        // The hash of an authority that there is not cannot be asked for.
        let config = std::fs::read_to_string(openssl.folder.join("cnf")).unwrap();
        std::fs::write(
            openssl.folder.join("cnf"),
            config.replace("authorityKeyIdentifier = keyid:always, issuer:always\n", ""),
        )
        .unwrap();
        openssl.run(
            &[
                &["req", "-new", "-utf8", "-key", "key.pem", "-out", "req.pem"],
                arguments,
            ]
            .concat(),
        );
        let expected = openssl.run(&["req", "-text", "-noout", "-in", "req.pem"]);
        let request = Request::from_der(openssl.der("req.pem")).unwrap();
        assert_text(
            &text::request(&request, openssl.version),
            &expected,
            &format!("{arguments:?}"),
        );
    }
}

#[test]
fn revocation_lists() {
    with_each("lists", list_kinds);
}

fn list_kinds(openssl: &Openssl) {
    openssl.run(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-out",
        "key.pem",
    ]);
    openssl.run(&[
        "req",
        "-x509",
        "-config",
        "cnf",
        "-extensions",
        "plain",
        "-key",
        "key.pem",
        "-utf8",
        "-out",
        "cert.pem",
    ]);
    let entries = [
        "",
        "R\t300101000000Z\t240101000000Z\t01\tunknown\t/CN=a\n",
        "R\t300101000000Z\t240101000000Z,keyCompromise\t1234567890ABCDEF12\tunknown\t/CN=b\nR\t300101000000Z\t240101000000Z,holdInstruction,holdInstructionReject\t02\tunknown\t/CN=c\nR\t300101000000Z\t240101000000Z,CAkeyTime,20240101000000Z\t03\tunknown\t/CN=d\n",
    ];
    for index in entries {
        std::fs::write(openssl.folder.join("index.txt"), index).unwrap();
        std::fs::write(openssl.folder.join("crlnumber"), "1F\n").unwrap();
        openssl.run(&[
            "ca", "-config", "cnf", "-gencrl", "-name", "it", "-keyfile", "key.pem", "-cert",
            "cert.pem", "-out", "crl.pem",
        ]);
        let expected = openssl.run(&["crl", "-text", "-noout", "-in", "crl.pem"]);
        let list = RevocationList::from_der(openssl.der("crl.pem")).unwrap();
        assert_text(
            &text::revocation_list(&list, openssl.version),
            &expected,
            index,
        );
    }
}

/// A program, and a folder of its own to work in.
struct Openssl {
    program: OsString,
    version: OpensslVersion,
    folder: PathBuf,
}

impl Openssl {
    fn new(name: &str, program: OsString, version: OpensslVersion) -> Option<Self> {
        let series = match version {
            OpensslVersion::V1_1_1 => "OpenSSL 1.1.1",
            OpensslVersion::V3_0 => "OpenSSL 3.0.",
            OpensslVersion::V3_5 => "OpenSSL 3.5.",
        };
        let said = Command::new(&program).arg("version").output();
        let said = said
            .map(|output| String::from_utf8(output.stdout).unwrap())
            .unwrap_or_default();
        if !said.starts_with(series) {
            println!("skipped: {series} is wanted, this is {said:?}");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{version:?}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("cnf"), CONFIG).unwrap();
        Some(Openssl {
            program,
            version,
            folder,
        })
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn der(&self, file: &str) -> Vec<u8> {
        let pem = std::fs::read_to_string(self.folder.join(file)).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        BASE64_STANDARD.decode(body).unwrap()
    }

    fn compare_certificate(&self, what: &str) {
        let expected = self.run(&["x509", "-text", "-noout", "-in", "cert.pem"]);
        let certificate = Certificate::from_der(self.der("cert.pem")).unwrap();
        assert_text(
            &text::certificate(&certificate, self.version),
            &expected,
            what,
        );
    }
}

/// Does the same with every program that there is.
fn with_each(name: &str, test: impl Fn(&Openssl)) {
    let newer = std::env::var_os("KUBEPKI_OPENSSL_3_5");
    if newer.is_none() {
        println!("skipped: KUBEPKI_OPENSSL_3_5 is not set");
    }
    let installed = Openssl::new(name, "openssl".into(), OpensslVersion::V3_0);
    let newer = newer.and_then(|program| Openssl::new(name, program, OpensslVersion::V3_5));
    for openssl in installed.iter().chain(&newer) {
        test(openssl);
    }
}

fn assert_text(printed: &[u8], expected: &[u8], what: &str) {
    let (printed, expected) = (
        String::from_utf8_lossy(printed),
        String::from_utf8_lossy(expected),
    );
    for (number, (a, b)) in printed.lines().zip(expected.lines()).enumerate() {
        assert_eq!(a, b, "line {} of {what}\n{expected}", number + 1);
    }
    assert_eq!(printed, expected, "{what}");
}
