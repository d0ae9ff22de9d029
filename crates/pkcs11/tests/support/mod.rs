//! A software token of its own for every test.

use std::path::Path;
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

/// Where Debian and others put SoftHSM.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
];

/// Where a test's process finds its folder.
const FOLDER: &str = "KUBEPKI_TEST_TOKEN";

pub const PIN: &str = "271828";

/// A token, in the process of one test.
pub struct Token {
    session: Session,
    mechanisms: Vec<MechanismType>,
}

/// Runs a test in a process of its own: SoftHSM looks for its configuration in an environment
/// variable, and whoever logs in does so for the whole process. `name` is the test's; `settings`
/// are further lines of SoftHSM's configuration.
pub fn with_token(name: &str, settings: &str, test: impl FnOnce(&Token)) {
    let Some(module) = MODULES.into_iter().find(|path| Path::new(path).exists()) else {
        return println!("skipped: softhsm2 is not installed");
    };
    match std::env::var_os(FOLDER) {
        Some(_) => test(&Token::new(module)),
        None => in_own_process(name, settings),
    }
}

fn in_own_process(name: &str, settings: &str) {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let settings = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n{settings}\n",
        tokens.display()
    );
    let configuration = folder.path().join("softhsm2.conf");
    std::fs::write(&configuration, settings).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("SOFTHSM2_CONF", &configuration)
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

impl Token {
    /// A token `ca`, and another beside it.
    fn new(module: &str) -> Self {
        let context = Pkcs11::new(module).unwrap();
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        context.initialize(arguments).unwrap();
        let officer = AuthPin::from("31415926".to_owned());
        for label in ["other", "ca"] {
            let slot = *context.get_slots_with_token().unwrap().last().unwrap();
            context.init_token(slot, &officer, label).unwrap();
        }
        let slots = context.get_slots_with_initialized_token().unwrap();
        let mut slots = slots.into_iter();
        let slot = slots.find(|slot| context.get_token_info(*slot).unwrap().label() == "ca");
        let slot = slot.unwrap();
        let mechanisms = context.get_mechanism_list(slot).unwrap();
        let session = context.open_rw_session(slot).unwrap();
        session.login(UserType::So, Some(&officer)).unwrap();
        session.init_pin(&AuthPin::from(PIN.to_owned())).unwrap();
        session.logout().unwrap();
        Token {
            session,
            mechanisms,
        }
    }

    /// Whether the token can do something.
    pub fn can(&self, mechanism: MechanismType) -> bool {
        self.mechanisms.contains(&mechanism)
    }

    /// The URI of a key in it.
    pub fn uri(&self, object: &str) -> String {
        let mut modules = MODULES.into_iter();
        let module = modules.find(|path| Path::new(path).exists()).unwrap();
        format!("pkcs11:token=ca;object={object}?module-path={module}")
    }

    /// Does something as the user; who was not logged in before is not afterwards.
    fn logged_in<T>(&self, work: impl FnOnce(&Session) -> T) -> T {
        let pin = AuthPin::from(PIN.to_owned());
        let login = self.session.login(UserType::User, Some(&pin));
        let result = work(&self.session);
        match login {
            Ok(()) => self.session.logout().unwrap(),
            Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => panic!("{error}"),
        }
        result
    }

    /// Does something as the user with the key of this class and label. A logout makes what was
    /// found before invalid.
    pub fn with<T>(
        &self,
        class: ObjectClass,
        label: &str,
        work: impl FnOnce(&Session, ObjectHandle) -> T,
    ) -> T {
        let template = [Attribute::Class(class), Attribute::Label(label.into())];
        self.logged_in(|session| {
            let found = session.find_objects(&template).unwrap();
            work(session, found[0])
        })
    }

    /// Makes an RSA key that stays in the token.
    pub fn make_rsa(&self, label: &str) {
        let bits = Attribute::ModulusBits(2048.into());
        self.make(&Mechanism::RsaPkcsKeyPairGen, bits, label)
    }

    /// Makes a key on the curve with this identifier, the whole element.
    pub fn make_ec(&self, curve: &[u8], label: &str) {
        let curve = Attribute::EcParams(curve.to_vec());
        self.make(&Mechanism::EccKeyPairGen, curve, label)
    }

    fn make(&self, mechanism: &Mechanism<'_>, kind: Attribute, label: &str) {
        let name = [
            Attribute::Token(true),
            Attribute::Label(label.into()),
            Attribute::Id(label.into()),
        ];
        let public = [&name[..], &[kind, Attribute::Verify(true)]].concat();
        let private = [
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ];
        let private = [&name[..], &private].concat();
        let pair =
            self.logged_in(|session| session.generate_key_pair(mechanism, &public, &private));
        pair.unwrap();
    }
}
