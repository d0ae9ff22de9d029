//! The names that OpenSSL 3.5 has and 3.0 has not, or calls otherwise.
//!
//! A table of facts, sorted by the identifier: what `openssl list -objects` of OpenSSL 3.5.9
//! (Apache-2.0) prints and that of 3.0.19 does not, one line for each identifier that has a name.

/// Content bytes, short name, long name.
pub(super) const NAMES: &[(&[u8], &str, &str)] = &[
    (
        b"\x04",
        "itu-t-identified-organization",
        "itu-t-identified-organization",
    ),
    (b"\x04\x00", "etsi", "etsi"),
    (b"\x04\x00\x81\x95\x32", "cades", "cades"),
    (
        b"\x04\x00\x81\x95\x32\x01",
        "cades-attributes",
        "cades-attributes",
    ),
    (
        b"\x04\x00\x81\x95\x32\x01\x01",
        "id-aa-ets-signerAttrV2",
        "id-aa-ets-signerAttrV2",
    ),
    (
        b"\x04\x00\x81\x95\x32\x01\x03",
        "id-aa-ets-sigPolicyStore",
        "id-aa-ets-sigPolicyStore",
    ),
    (
        b"\x04\x00\x81\x95\x32\x01\x04",
        "id-aa-ATSHashIndex-v2",
        "id-aa-ATSHashIndex-v2",
    ),
    (
        b"\x04\x00\x81\x95\x32\x01\x05",
        "id-aa-ATSHashIndex-v3",
        "id-aa-ATSHashIndex-v3",
    ),
    (
        b"\x04\x00\x81\x95\x32\x01\x06",
        "signedAssertion",
        "signedAssertion",
    ),
    (
        b"\x04\x00\x8d\x45",
        "electronic-signature-standard",
        "electronic-signature-standard",
    ),
    (b"\x04\x00\x8d\x45\x02", "ess-attributes", "ess-attributes"),
    (
        b"\x04\x00\x8d\x45\x02\x01",
        "id-aa-ets-mimeType",
        "id-aa-ets-mimeType",
    ),
    (
        b"\x04\x00\x8d\x45\x02\x02",
        "id-aa-ets-longTermValidation",
        "id-aa-ets-longTermValidation",
    ),
    (
        b"\x04\x00\x8d\x45\x02\x03",
        "id-aa-ets-SignaturePolicyDocument",
        "id-aa-ets-SignaturePolicyDocument",
    ),
    (
        b"\x04\x00\x8d\x45\x02\x04",
        "id-aa-ets-archiveTimestampV3",
        "id-aa-ets-archiveTimestampV3",
    ),
    (
        b"\x04\x00\x8d\x45\x02\x05",
        "id-aa-ATSHashIndex",
        "id-aa-ATSHashIndex",
    ),
    (b"\x2a\x81\x1c\xcf\x55\x01\x68\x08", "SM4-GCM", "sm4-gcm"),
    (b"\x2a\x81\x1c\xcf\x55\x01\x68\x09", "SM4-CCM", "sm4-ccm"),
    (b"\x2a\x81\x1c\xcf\x55\x01\x68\x0a", "SM4-XTS", "sm4-xts"),
    (
        b"\x2a\x81\x1c\xcf\x55\x01\x83\x11\x03\x01",
        "hmacWithSM3",
        "hmacWithSM3",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x31",
        "id-ct-ASPA",
        "id-ct-ASPA",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x32",
        "id-ct-signedTAL",
        "id-ct-signedTAL",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x33",
        "id-ct-rpkiSignedPrefixList",
        "id-ct-rpkiSignedPrefixList",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2c",
        "id-aa-ets-attrCertificateRefs",
        "id-aa-ets-attrCertificateRefs",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2d",
        "id-aa-ets-attrRevocationRefs",
        "id-aa-ets-attrRevocationRefs",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x30",
        "id-aa-ets-archiveTimestampV2",
        "id-aa-ets-archiveTimestampV2",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34",
        "id-aa-CMSAlgorithmProtection",
        "id-aa-CMSAlgorithmProtection",
    ),
    (
        b"\x2b\x06\x01\x04\x01\x82\x37\x15\x07",
        "ms-cert-templ",
        "Microsoft certificate template",
    ),
    (
        b"\x2b\x06\x01\x04\x01\x82\x37\x15\x0a",
        "ms-app-policies",
        "Microsoft Application Policies Extension",
    ),
    (
        b"\x2b\x06\x01\x04\x01\x82\x37\x19\x02",
        "ms-ntds-sec-ext",
        "Microsoft NTDS CA Extension",
    ),
    (
        b"\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01",
        "ms-ntds-obj-sid",
        "Microsoft NTDS AD objectSid",
    ),
    (
        b"\x2b\x06\x01\x04\x01\x82\xe4\x25\x01",
        "id-kp-wisun-fan-device",
        "Wi-SUN Alliance Field Area Network (FAN)",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x00\x32",
        "id-mod-cmp2000-02",
        "id-mod-cmp2000-02",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x00\x63",
        "id-mod-cmp2021-88",
        "id-mod-cmp2021-88",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x00\x64",
        "id-mod-cmp2021-02",
        "id-mod-cmp2021-02",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x01\x04",
        "ac-auditIdentity",
        "X509v3 Audit Identity",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x04\x14",
        "id-it-rootCaCert",
        "id-it-rootCaCert",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x04\x15",
        "id-it-certProfile",
        "id-it-certProfile",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x04\x16",
        "id-it-crlStatusList",
        "id-it-crlStatusList",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x04\x17",
        "id-it-crls",
        "id-it-crls",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x05\x01\x07",
        "id-regCtrl-altCertTemplate",
        "id-regCtrl-altCertTemplate",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x05\x01\x0b",
        "id-regCtrl-algId",
        "id-regCtrl-algId",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x05\x01\x0c",
        "id-regCtrl-rsaKeyLen",
        "id-regCtrl-rsaKeyLen",
    ),
    (
        b"\x2b\x06\x01\x05\x05\x07\x08\x04",
        "id-on-hardwareModuleName",
        "Hardware Module Name",
    ),
    (
        b"\x55\x1d\x26",
        "authorityAttributeIdentifier",
        "X509v3 Authority Attribute Identifier",
    ),
    (
        b"\x55\x1d\x27",
        "roleSpecCertIdentifier",
        "X509v3 Role Specification Certificate Identifier",
    ),
    (
        b"\x55\x1d\x29",
        "basicAttConstraints",
        "X509v3 Basic Attribute Certificate Constraints",
    ),
    (
        b"\x55\x1d\x2a",
        "delegatedNameConstraints",
        "X509v3 Delegated Name Constraints",
    ),
    (
        b"\x55\x1d\x2b",
        "timeSpecification",
        "X509v3 Time Specification",
    ),
    (
        b"\x55\x1d\x30",
        "attributeDescriptor",
        "X509v3 Attribute Descriptor",
    ),
    (b"\x55\x1d\x31", "userNotice", "X509v3 User Notice"),
    (
        b"\x55\x1d\x32",
        "sOAIdentifier",
        "X509v3 Source of Authority Identifier",
    ),
    (
        b"\x55\x1d\x34",
        "acceptableCertPolicies",
        "X509v3 Acceptable Certification Policies",
    ),
    (
        b"\x55\x1d\x39",
        "acceptablePrivPolicies",
        "X509v3 Acceptable Privilege Policies",
    ),
    (b"\x55\x1d\x3d", "indirectIssuer", "X509v3 Indirect Issuer"),
    (b"\x55\x1d\x3e", "noAssertion", "X509v3 No Assertion"),
    (
        b"\x55\x1d\x3f",
        "aAissuingDistributionPoint",
        "X509v3 Attribute Authority Issuing Distribution Point",
    ),
    (
        b"\x55\x1d\x40",
        "issuedOnBehalfOf",
        "X509v3 Issued On Behalf Of",
    ),
    (b"\x55\x1d\x41", "singleUse", "X509v3 Single Use"),
    (
        b"\x55\x1d\x42",
        "groupAC",
        "X509v3 Group Attribute Certificate",
    ),
    (
        b"\x55\x1d\x43",
        "allowedAttributeAssignments",
        "X509v3 Allowed Attribute Assignments",
    ),
    (
        b"\x55\x1d\x44",
        "attributeMappings",
        "X509v3 Attribute Mappings",
    ),
    (
        b"\x55\x1d\x45",
        "holderNameConstraints",
        "X509v3 Holder Name Constraints",
    ),
    (
        b"\x55\x1d\x46",
        "authorizationValidation",
        "X509v3 Authorization Validation",
    ),
    (
        b"\x55\x1d\x47",
        "protRestrict",
        "X509v3 Protocol Restriction",
    ),
    (
        b"\x55\x1d\x48",
        "subjectAltPublicKeyInfo",
        "X509v3 Subject Alternative Public Key Info",
    ),
    (
        b"\x55\x1d\x49",
        "altSignatureAlgorithm",
        "X509v3 Alternative Signature Algorithm",
    ),
    (
        b"\x55\x1d\x4a",
        "altSignatureValue",
        "X509v3 Alternative Signature Value",
    ),
    (
        b"\x55\x1d\x4b",
        "associatedInformation",
        "X509v3 Associated Information",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x11",
        "id-ml-dsa-44",
        "ML-DSA-44",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x12",
        "id-ml-dsa-65",
        "ML-DSA-65",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x13",
        "id-ml-dsa-87",
        "ML-DSA-87",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x14",
        "id-slh-dsa-sha2-128s",
        "SLH-DSA-SHA2-128s",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x15",
        "id-slh-dsa-sha2-128f",
        "SLH-DSA-SHA2-128f",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x16",
        "id-slh-dsa-sha2-192s",
        "SLH-DSA-SHA2-192s",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x17",
        "id-slh-dsa-sha2-192f",
        "SLH-DSA-SHA2-192f",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x18",
        "id-slh-dsa-sha2-256s",
        "SLH-DSA-SHA2-256s",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x19",
        "id-slh-dsa-sha2-256f",
        "SLH-DSA-SHA2-256f",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x1a",
        "id-slh-dsa-shake-128s",
        "SLH-DSA-SHAKE-128s",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x1b",
        "id-slh-dsa-shake-128f",
        "SLH-DSA-SHAKE-128f",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x1c",
        "id-slh-dsa-shake-192s",
        "SLH-DSA-SHAKE-192s",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x1d",
        "id-slh-dsa-shake-192f",
        "SLH-DSA-SHAKE-192f",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x1e",
        "id-slh-dsa-shake-256s",
        "SLH-DSA-SHAKE-256s",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x1f",
        "id-slh-dsa-shake-256f",
        "SLH-DSA-SHAKE-256f",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x20",
        "id-hash-ml-dsa-44-with-sha512",
        "HASH-ML-DSA-44-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x21",
        "id-hash-ml-dsa-65-with-sha512",
        "HASH-ML-DSA-65-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x22",
        "id-hash-ml-dsa-87-with-sha512",
        "HASH-ML-DSA-87-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x23",
        "id-hash-slh-dsa-sha2-128s-with-sha256",
        "SLH-DSA-SHA2-128s-WITH-SHA256",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x24",
        "id-hash-slh-dsa-sha2-128f-with-sha256",
        "SLH-DSA-SHA2-128f-WITH-SHA256",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x25",
        "id-hash-slh-dsa-sha2-192s-with-sha512",
        "SLH-DSA-SHA2-192s-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x26",
        "id-hash-slh-dsa-sha2-192f-with-sha512",
        "SLH-DSA-SHA2-192f-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x27",
        "id-hash-slh-dsa-sha2-256s-with-sha512",
        "SLH-DSA-SHA2-256s-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x28",
        "id-hash-slh-dsa-sha2-256f-with-sha512",
        "SLH-DSA-SHA2-256f-WITH-SHA512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x29",
        "id-hash-slh-dsa-shake-128s-with-shake128",
        "SLH-DSA-SHAKE-128s-WITH-SHAKE128",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x2a",
        "id-hash-slh-dsa-shake-128f-with-shake128",
        "SLH-DSA-SHAKE-128f-WITH-SHAKE128",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x2b",
        "id-hash-slh-dsa-shake-192s-with-shake256",
        "SLH-DSA-SHAKE-192s-WITH-SHAKE256",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x2c",
        "id-hash-slh-dsa-shake-192f-with-shake256",
        "SLH-DSA-SHAKE-192f-WITH-SHAKE256",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x2d",
        "id-hash-slh-dsa-shake-256s-with-shake256",
        "SLH-DSA-SHAKE-256s-WITH-SHAKE256",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x03\x2e",
        "id-hash-slh-dsa-shake-256f-with-shake256",
        "SLH-DSA-SHAKE-256f-WITH-SHAKE256",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x04\x01",
        "id-alg-ml-kem-512",
        "ML-KEM-512",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x04\x02",
        "id-alg-ml-kem-768",
        "ML-KEM-768",
    ),
    (
        b"\x60\x86\x48\x01\x65\x03\x04\x04\x03",
        "id-alg-ml-kem-1024",
        "ML-KEM-1024",
    ),
    (
        b"\x60\x86\x48\x01\x86\xf9\x66",
        "oracle-organization",
        "Oracle organization",
    ),
    (
        b"\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01",
        "oracle-jdk-trustedkeyusage",
        "Trusted key usage (Oracle)",
    ),
    (b"\x67\x81\x05", "tcg", "Trusted Computing Group"),
    (
        b"\x67\x81\x05\x01",
        "tcg-tcpaSpecVersion",
        "tcg-tcpaSpecVersion",
    ),
    (
        b"\x67\x81\x05\x02",
        "tcg-attribute",
        "Trusted Computing Group Attributes",
    ),
    (
        b"\x67\x81\x05\x02\x01",
        "tcg-at-tpmManufacturer",
        "TPM Manufacturer",
    ),
    (b"\x67\x81\x05\x02\x02", "tcg-at-tpmModel", "TPM Model"),
    (b"\x67\x81\x05\x02\x03", "tcg-at-tpmVersion", "TPM Version"),
    (
        b"\x67\x81\x05\x02\x0a",
        "tcg-at-securityQualities",
        "Security Qualities",
    ),
    (
        b"\x67\x81\x05\x02\x0b",
        "tcg-at-tpmProtectionProfile",
        "TPM Protection Profile",
    ),
    (
        b"\x67\x81\x05\x02\x0c",
        "tcg-at-tpmSecurityTarget",
        "TPM Security Target",
    ),
    (
        b"\x67\x81\x05\x02\x0d",
        "tcg-at-tbbProtectionProfile",
        "TBB Protection Profile",
    ),
    (
        b"\x67\x81\x05\x02\x0e",
        "tcg-at-tbbSecurityTarget",
        "TBB Security Target",
    ),
    (b"\x67\x81\x05\x02\x0f", "tcg-at-tpmIdLabel", "TPM ID Label"),
    (
        b"\x67\x81\x05\x02\x10",
        "tcg-at-tpmSpecification",
        "TPM Specification",
    ),
    (
        b"\x67\x81\x05\x02\x11",
        "tcg-at-tcgPlatformSpecification",
        "TPM Platform Specification",
    ),
    (
        b"\x67\x81\x05\x02\x12",
        "tcg-at-tpmSecurityAssertions",
        "TPM Security Assertions",
    ),
    (
        b"\x67\x81\x05\x02\x13",
        "tcg-at-tbbSecurityAssertions",
        "TBB Security Assertions",
    ),
    (
        b"\x67\x81\x05\x02\x17",
        "tcg-at-tcgCredentialSpecification",
        "TCG Credential Specification",
    ),
    (
        b"\x67\x81\x05\x02\x19",
        "tcg-at-tcgCredentialType",
        "TCG Credential Type",
    ),
    (
        b"\x67\x81\x05\x02\x1a",
        "tcg-at-previousPlatformCertificates",
        "TCG Previous Platform Certificates",
    ),
    (
        b"\x67\x81\x05\x02\x1b",
        "tcg-at-tbbSecurityAssertions-v3",
        "TCG TBB Security Assertions V3",
    ),
    (
        b"\x67\x81\x05\x02\x1c",
        "tcg-at-cryptographicAnchors",
        "TCG Cryptographic Anchors",
    ),
    (
        b"\x67\x81\x05\x03",
        "tcg-protocol",
        "Trusted Computing Group Protocols",
    ),
    (
        b"\x67\x81\x05\x03\x01",
        "tcg-prt-tpmIdProtocol",
        "TCG TPM Protocol",
    ),
    (
        b"\x67\x81\x05\x04",
        "tcg-algorithm",
        "Trusted Computing Group Algorithms",
    ),
    (
        b"\x67\x81\x05\x04\x01",
        "tcg-algorithm-null",
        "TCG NULL Algorithm",
    ),
    (
        b"\x67\x81\x05\x05",
        "tcg-platformClass",
        "Trusted Computing Group Platform Classes",
    ),
    (
        b"\x67\x81\x05\x05\x01",
        "tcg-common",
        "Trusted Computing Group Common",
    ),
    (
        b"\x67\x81\x05\x05\x01\x01",
        "tcg-at-platformManufacturerStr",
        "TCG Platform Manufacturer String",
    ),
    (
        b"\x67\x81\x05\x05\x01\x02",
        "tcg-at-platformManufacturerId",
        "TCG Platform Manufacturer ID",
    ),
    (
        b"\x67\x81\x05\x05\x01\x03",
        "tcg-at-platformConfigUri",
        "TCG Platform Configuration URI",
    ),
    (
        b"\x67\x81\x05\x05\x01\x04",
        "tcg-at-platformModel",
        "TCG Platform Model",
    ),
    (
        b"\x67\x81\x05\x05\x01\x05",
        "tcg-at-platformVersion",
        "TCG Platform Version",
    ),
    (
        b"\x67\x81\x05\x05\x01\x06",
        "tcg-at-platformSerial",
        "TCG Platform Serial Number",
    ),
    (
        b"\x67\x81\x05\x05\x01\x07",
        "tcg-at-platformConfiguration",
        "TCG Platform Configuration",
    ),
    (
        b"\x67\x81\x05\x05\x01\x07\x01",
        "tcg-at-platformConfiguration-v1",
        "Platform Configuration Version 1",
    ),
    (
        b"\x67\x81\x05\x05\x01\x07\x02",
        "tcg-at-platformConfiguration-v2",
        "Platform Configuration Version 2",
    ),
    (
        b"\x67\x81\x05\x05\x01\x07\x03",
        "tcg-at-platformConfiguration-v3",
        "Platform Configuration Version 3",
    ),
    (
        b"\x67\x81\x05\x05\x01\x07\x04",
        "tcg-at-platformConfigUri-v3",
        "Platform Configuration URI Version 3",
    ),
    (
        b"\x67\x81\x05\x05\x01\x08",
        "tcg-at-platformIdentifier",
        "TCG Platform Identifier",
    ),
    (
        b"\x67\x81\x05\x06",
        "tcg-ce",
        "Trusted Computing Group Certificate Extensions",
    ),
    (
        b"\x67\x81\x05\x06\x02",
        "tcg-ce-relevantCredentials",
        "Relevant Credentials",
    ),
    (
        b"\x67\x81\x05\x06\x03",
        "tcg-ce-relevantManifests",
        "Relevant Manifests",
    ),
    (
        b"\x67\x81\x05\x06\x04",
        "tcg-ce-virtualPlatformAttestationService",
        "Virtual Platform Attestation Service",
    ),
    (
        b"\x67\x81\x05\x06\x05",
        "tcg-ce-migrationControllerAttestationService",
        "Migration Controller Attestation Service",
    ),
    (
        b"\x67\x81\x05\x06\x06",
        "tcg-ce-migrationControllerRegistrationService",
        "Migration Controller Registration Service",
    ),
    (
        b"\x67\x81\x05\x06\x07",
        "tcg-ce-virtualPlatformBackupService",
        "Virtual Platform Backup Service",
    ),
    (
        b"\x67\x81\x05\x08",
        "tcg-kp",
        "Trusted Computing Group Key Purposes",
    ),
    (
        b"\x67\x81\x05\x08\x01",
        "tcg-kp-EKCertificate",
        "Endorsement Key Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x02",
        "tcg-kp-PlatformAttributeCertificate",
        "Platform Attribute Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x03",
        "tcg-kp-AIKCertificate",
        "Attestation Identity Key Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x04",
        "tcg-kp-PlatformKeyCertificate",
        "Platform Key Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x05",
        "tcg-kp-DeltaPlatformAttributeCertificate",
        "Delta Platform Attribute Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x06",
        "tcg-kp-DeltaPlatformKeyCertificate",
        "Delta Platform Key Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x07",
        "tcg-kp-AdditionalPlatformAttributeCertificate",
        "Additional Platform Attribute Certificate",
    ),
    (
        b"\x67\x81\x05\x08\x08",
        "tcg-kp-AdditionalPlatformKeyCertificate",
        "Additional Platform Key Certificate",
    ),
    (
        b"\x67\x81\x05\x0b",
        "tcg-ca",
        "Trusted Computing Group Certificate Policies",
    ),
    (
        b"\x67\x81\x05\x0b\x04",
        "tcg-cap-verifiedPlatformCertificate",
        "TCG Verified Platform Certificate CA Policy",
    ),
    (
        b"\x67\x81\x05\x11",
        "tcg-address",
        "Trusted Computing Group Address Formats",
    ),
    (
        b"\x67\x81\x05\x11\x01",
        "tcg-address-ethernetmac",
        "Ethernet MAC Address",
    ),
    (
        b"\x67\x81\x05\x11\x02",
        "tcg-address-wlanmac",
        "WLAN MAC Address",
    ),
    (
        b"\x67\x81\x05\x11\x03",
        "tcg-address-bluetoothmac",
        "Bluetooth MAC Address",
    ),
    (
        b"\x67\x81\x05\x12",
        "tcg-registry",
        "Trusted Computing Group Registry",
    ),
    (
        b"\x67\x81\x05\x12\x03",
        "tcg-registry-componentClass",
        "TCG Component Class",
    ),
    (
        b"\x67\x81\x05\x12\x03\x01",
        "tcg-registry-componentClass-tcg",
        "Trusted Computed Group Registry",
    ),
    (
        b"\x67\x81\x05\x12\x03\x02",
        "tcg-registry-componentClass-ietf",
        "Internet Engineering Task Force Registry",
    ),
    (
        b"\x67\x81\x05\x12\x03\x03",
        "tcg-registry-componentClass-dmtf",
        "Distributed Management Task Force Registry",
    ),
    (
        b"\x67\x81\x05\x12\x03\x04",
        "tcg-registry-componentClass-pcie",
        "PCIE Component Class",
    ),
    (
        b"\x67\x81\x05\x12\x03\x05",
        "tcg-registry-componentClass-disk",
        "Disk Component Class",
    ),
    (
        b"\x67\x81\x05\x13",
        "tcg-traits",
        "Trusted Computing Group Traits",
    ),
    (
        b"\x67\x81\x05\x13\x01",
        "tcg-tr-ID",
        "TCG Trait Identifiers",
    ),
    (
        b"\x67\x81\x05\x13\x01\x01",
        "tcg-tr-ID-Boolean",
        "Boolean Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x02",
        "tcg-tr-ID-CertificateIdentifier",
        "Certificate Identifier Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x03",
        "tcg-tr-ID-CommonCriteria",
        "Common Criteria Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x04",
        "tcg-tr-ID-componentClass",
        "Component Class Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x05",
        "tcg-tr-ID-componentIdentifierV11",
        "Component Identifier V1.1 Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x06",
        "tcg-tr-ID-FIPSLevel",
        "FIPS Level Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x07",
        "tcg-tr-ID-ISO9000Level",
        "ISO 9000 Level Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x08",
        "tcg-tr-ID-networkMAC",
        "Network MAC Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x09",
        "tcg-tr-ID-OID",
        "Object Identifier Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x0a",
        "tcg-tr-ID-PEN",
        "Private Enterprise Number Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x0b",
        "tcg-tr-ID-platformFirmwareCapabilities",
        "Platform Firmware Capabilities Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x0c",
        "tcg-tr-ID-platformFirmwareSignatureVerification",
        "Platform Firmware Signature Verification Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x0d",
        "tcg-tr-ID-platformFirmwareUpdateCompliance",
        "Platform Firmware Update Compliance Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x0e",
        "tcg-tr-ID-platformHardwareCapabilities",
        "Platform Hardware Capabilities Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x0f",
        "tcg-tr-ID-RTM",
        "Root of Trust for Measurement Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x10",
        "tcg-tr-ID-status",
        "Attribute Status Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x11",
        "tcg-tr-ID-URI",
        "Uniform Resource Identifier Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x12",
        "tcg-tr-ID-UTF8String",
        "UTF8String Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x13",
        "tcg-tr-ID-IA5String",
        "IA5String Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x14",
        "tcg-tr-ID-PEMCertString",
        "PEM-Encoded Certificate String Trait",
    ),
    (
        b"\x67\x81\x05\x13\x01\x15",
        "tcg-tr-ID-PublicKey",
        "Public Key Trait",
    ),
    (
        b"\x67\x81\x05\x13\x02",
        "tcg-tr-category",
        "TCG Trait Categories",
    ),
    (
        b"\x67\x81\x05\x13\x02\x01",
        "tcg-tr-cat-platformManufacturer",
        "Platform Manufacturer Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x02",
        "tcg-tr-cat-platformModel",
        "Platform Model Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x03",
        "tcg-tr-cat-platformVersion",
        "Platform Version Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x04",
        "tcg-tr-cat-platformSerial",
        "Platform Serial Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x05",
        "tcg-tr-cat-platformManufacturerIdentifier",
        "Platform Manufacturer Identifier Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x06",
        "tcg-tr-cat-platformOwnership",
        "Platform Ownership Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x07",
        "tcg-tr-cat-componentClass",
        "Component Class Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x08",
        "tcg-tr-cat-componentManufacturer",
        "Component Manufacturer Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x09",
        "tcg-tr-cat-componentModel",
        "Component Model Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x0a",
        "tcg-tr-cat-componentSerial",
        "Component Serial Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x0b",
        "tcg-tr-cat-componentStatus",
        "Component Status Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x0c",
        "tcg-tr-cat-componentLocation",
        "Component Location Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x0d",
        "tcg-tr-cat-componentRevision",
        "Component Revision Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x0e",
        "tcg-tr-cat-componentFieldReplaceable",
        "Component Field Replaceable Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x0f",
        "tcg-tr-cat-EKCertificate",
        "EK Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x10",
        "tcg-tr-cat-IAKCertificate",
        "IAK Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x11",
        "tcg-tr-cat-IDevIDCertificate",
        "IDevID Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x12",
        "tcg-tr-cat-DICECertificate",
        "DICE Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x13",
        "tcg-tr-cat-SPDMCertificate",
        "SPDM Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x14",
        "tcg-tr-cat-PEMCertificate",
        "PEM Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x15",
        "tcg-tr-cat-PlatformCertificate",
        "Platform Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x16",
        "tcg-tr-cat-DeltaPlatformCertificate",
        "Delta Platform Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x17",
        "tcg-tr-cat-RebasePlatformCertificate",
        "Rebase Platform Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x18",
        "tcg-tr-cat-genericCertificate",
        "Generic Certificate Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x19",
        "tcg-tr-cat-CommonCriteria",
        "Common Criteria Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x1a",
        "tcg-tr-cat-componentIdentifierV11",
        "Component Identifier V1.1 Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x1b",
        "tcg-tr-cat-FIPSLevel",
        "FIPS Level Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x1c",
        "tcg-tr-cat-ISO9000",
        "ISO 9000 Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x1d",
        "tcg-tr-cat-networkMAC",
        "Network MAC Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x1e",
        "tcg-tr-cat-attestationProtocol",
        "Attestation Protocol Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x1f",
        "tcg-tr-cat-PEN",
        "Private Enterprise Number Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x20",
        "tcg-tr-cat-platformFirmwareCapabilities",
        "Platform Firmware Capabilities Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x21",
        "tcg-tr-cat-platformHardwareCapabilities",
        "Platform Hardware Capabilities Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x22",
        "tcg-tr-cat-platformFirmwareSignatureVerification",
        "Platform Firmware Signature Verification Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x23",
        "tcg-tr-cat-platformFirmwareUpdateCompliance",
        "Platform Firmware Update Compliance Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x24",
        "tcg-tr-cat-RTM",
        "Root of Trust of Measurement Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x02\x25",
        "tcg-tr-cat-PublicKey",
        "Public Key Trait Category",
    ),
    (
        b"\x67\x81\x05\x13\x03",
        "tcg-tr-registry",
        "TCG Trait Registries",
    ),
];
