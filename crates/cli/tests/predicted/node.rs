//! A node whose components run on the files of a tree, each in its container.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::container::Container;
use crate::process::{Process, output};
use crate::tools;
use crate::tree::{APISERVER, ETCD, KUBELET, KUBELET_CONF, Tree};

/// The programs.
pub struct Programs {
    pub etcd: PathBuf,
    pub etcdctl: PathBuf,
    /// Those of the control plane, when it is to run.
    pub plane: Option<Plane>,
}

/// The programs of a control plane.
pub struct Plane {
    pub apiserver: PathBuf,
    pub manager: PathBuf,
    pub scheduler: PathBuf,
    pub kubectl: PathBuf,
}

impl Programs {
    /// etcd and its client.
    pub fn of_etcd() -> Option<Self> {
        Some(Programs {
            etcd: tools::released_etcd("etcd")?,
            etcdctl: tools::released_etcd("etcdctl")?,
            plane: None,
        })
    }

    /// All of them.
    pub fn all() -> Option<Self> {
        let plane = Plane {
            apiserver: tools::component("kube-apiserver")?,
            manager: tools::component("kube-controller-manager")?,
            scheduler: tools::component("kube-scheduler")?,
            kubectl: tools::kubectl()?,
        };
        Some(Programs {
            etcd: tools::etcd("etcd")?,
            etcdctl: tools::etcd("etcdctl")?,
            plane: Some(plane),
        })
    }
}

/// How long something may take that takes seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// Whoever bears this token may do everything: the test's own way in, whatever is broken.
const TOKEN: &str = "of-the-test";

/// What came with etcd 3.6.
const NEW_FLAGS: [&str; 2] = ["--feature-gates", "--watch-progress-notify-interval"];

/// Why kube-apiserver cannot be asked.
#[derive(Clone, Debug)]
pub enum Down {
    /// Because of itself; in its words.
    Itself(String),
    /// It does not get to etcd.
    WithoutEtcd(String),
}

/// What runs.
pub struct Node<'a> {
    programs: &'a Programs,
    folder: PathBuf,
    is_old_etcd: bool,
    etcd: Option<Running>,
    apiserver: Option<Running>,
    kubelet: Option<Running>,
}

/// A process, and what it was started with.
struct Running {
    inputs: Container,
    process: Process,
}

impl<'a> Node<'a> {
    /// Nothing runs yet.
    pub fn new(programs: &'a Programs, folder: &Path) -> Self {
        let version = output(Command::new(&programs.etcd).arg("--version")).unwrap();
        fs::write(
            folder.join("tokens.csv"),
            format!("{TOKEN},test,1,system:masters\n"),
        )
        .unwrap();
        Node {
            programs,
            folder: folder.to_owned(),
            is_old_etcd: ["3.4.", "3.5."].iter().any(|old| version.contains(old)),
            etcd: None,
            apiserver: None,
            kubelet: None,
        }
    }

    /// A path beside the containers.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Lets etcd run on the files of a tree, unless it does already.
    pub fn start_etcd(&mut self, tree: &Tree) -> Result<(), String> {
        let container = self.etcd_of(tree)?;
        let inputs = container.inputs();
        if is_running(&mut self.etcd, &inputs) {
            return Ok(());
        }
        self.etcd = None;
        let mut command = container.command(&self.programs.etcd, &self.file("etcd"));
        command.arg(format!("--data-dir={}", self.file("data").display()));
        let mut process = Process::start("etcd", &mut command, &self.folder);
        let is_ready = |process: &Process| process.said("ready to serve client requests");
        let end = Instant::now() + PATIENCE;
        while !is_ready(&process) {
            if process.has_ended() || Instant::now() > end {
                return Err(process.last_words());
            }
            sleep(Duration::from_millis(50));
        }
        self.etcd = Some(Running { inputs, process });
        Ok(())
    }

    /// What the manifest of etcd's says, as this etcd takes it.
    pub fn etcd_of(&self, tree: &Tree) -> Result<Container, String> {
        let flags = NEW_FLAGS.iter().filter(|_| self.is_old_etcd);
        Ok(flags.fold(Container::of(tree, ETCD)?, |pod, flag| pod.without(flag)))
    }

    /// A second member, that asks the first who its members are: what it says before it ends, as it
    /// is none of them.
    pub fn second_member(&self, tree: &Tree) -> Result<String, String> {
        let first = self.etcd_of(tree)?;
        let peers = first
            .flag("--initial-cluster")
            .unwrap_or_default()
            .to_owned();
        let scheme = peers
            .split_once('=')
            .map_or("https", |(_, url)| url.split(':').next().unwrap());
        let own = format!("{scheme}://127.0.0.1:3380");
        let client = "https://127.0.0.1:3379";
        let second = first
            .with("--name", "second")
            .with("--initial-cluster-state", "existing")
            .with("--initial-cluster", &format!("{peers},second={own}"))
            .with("--initial-advertise-peer-urls", &own)
            .with("--listen-peer-urls", &own)
            .with("--listen-client-urls", client)
            .with("--advertise-client-urls", client)
            .without("--listen-metrics-urls");
        let data = self.file("second-data");
        let mut command = second.command(&self.programs.etcd, &self.file("second"));
        command.arg(format!("--data-dir={}", data.display()));
        let mut process = Process::start("second", &mut command, &self.folder);
        let end = Instant::now() + PATIENCE;
        while !process.has_ended() && Instant::now() < end {
            sleep(Duration::from_millis(50));
        }
        let _ = fs::remove_dir_all(data);
        Ok(process.log())
    }

    /// etcdctl's health check at an endpoint, with the files that a container sees.
    pub fn etcd_health(
        &self,
        endpoint: &str,
        files: &[(&str, Option<PathBuf>)],
    ) -> Result<(), String> {
        let mut command = Command::new(&self.programs.etcdctl);
        command.args([
            "endpoint",
            "health",
            "--command-timeout",
            "3s",
            "--endpoints",
            endpoint,
        ]);
        for (option, path) in files {
            if let Some(path) = path {
                command.arg(format!("{option}={}", path.display()));
            }
        }
        output(&mut command).map(drop)
    }

    /// Whether etcdctl speaks TLS 1.3.
    pub fn speaks_tls_1_3(&self) -> bool {
        let version = output(Command::new(&self.programs.etcdctl).arg("version"));
        let version = version.unwrap_or_default();
        let patch = version
            .lines()
            .find_map(|line| line.split_once(": 3.5.")?.1.parse().ok());
        patch.is_none_or(|patch: u32| patch >= 8)
    }

    /// Lets kube-apiserver run on the files of a tree, unless it does already.
    pub fn start_apiserver(&mut self, tree: &Tree) -> Result<(), Down> {
        let container = Container::of(tree, APISERVER).map_err(Down::Itself)?;
        let inputs = container.inputs();
        if is_running(&mut self.apiserver, &inputs) {
            return Ok(());
        }
        self.apiserver = None;
        let mut command = container.command(&self.plane().apiserver, &self.file("apiserver"));
        command.arg(format!(
            "--token-auth-file={}",
            self.file("tokens.csv").display()
        ));
        let mut process = Process::start("kube-apiserver", &mut command, &self.folder);
        let begin = Instant::now();
        loop {
            let log = process.log();
            let refusals: Vec<&str> = log.lines().filter(|line| is_refusal(line)).collect();
            let ended = process.has_ended();
            match refusals.last() {
                Some(last) if ended || refusals.len() > 3 => {
                    return Err(Down::WithoutEtcd((*last).to_owned()));
                }
                _ => {}
            }
            if ended || begin.elapsed() > PATIENCE {
                return Err(Down::Itself(process.last_words()));
            }
            match self.probe(tree).as_deref().map(status) {
                Ok("200") => break,
                // At first nobody has said yet what strangers may do.
                Ok("403") if begin.elapsed() < PATIENCE / 5 => sleep(Duration::from_millis(300)),
                Ok("401" | "403") => {
                    return Err(Down::Itself("the kubelet's probes are refused".to_owned()));
                }
                _ => sleep(Duration::from_millis(300)),
            }
        }
        self.apiserver = Some(Running { inputs, process });
        Ok(())
    }

    /// Starts what works when it holds a lease: whether it gets it.
    pub fn leads(&self, tree: &Tree, manifest: &str) -> Result<(), String> {
        let container = Container::of(tree, manifest)?;
        let name = manifest
            .rsplit('/')
            .next()
            .unwrap()
            .trim_end_matches(".yaml");
        let program = match name {
            "kube-scheduler" => &self.plane().scheduler,
            _ => &self.plane().manager,
        };
        let mut command = container.command(program, &self.file(name));
        command.args(
            [
                "lease-duration=3s",
                "renew-deadline=2s",
                "retry-period=500ms",
            ]
            .map(|rest| format!("--leader-elect-{rest}")),
        );
        let mut process = Process::start(name, &mut command, &self.folder);
        let begin = Instant::now();
        let mut leads_since = None;
        loop {
            let log = process.log().to_lowercase();
            // Who leads has yet to do its work; what it lacks for that it says at once.
            if log.contains("successfully acquired lease") {
                let since = *leads_since.get_or_insert_with(Instant::now);
                if since.elapsed() > Duration::from_secs(6) {
                    return Ok(());
                }
            }
            // The scheduler looks at everything before it wants to lead.
            for (sign, times) in [
                ("error retrieving lease lock", 3),
                ("failed to watch", 10),
                ("connection refused", 1),
                (" is forbidden: user ", 10),
            ] {
                if log.matches(sign).count() >= times {
                    return Err(last_line(&log, sign));
                }
            }
            if process.has_ended() || begin.elapsed() > PATIENCE {
                return Err(process.last_words());
            }
            sleep(Duration::from_millis(200));
        }
    }

    /// Lets a kubelet's server run on the files of a tree, unless it does already. As no container
    /// runtime is there, a scheduler stands in: its server is set up by the same library, takes the
    /// same files, and asks kube-apiserver what its clients may do.
    pub fn start_kubelet(&mut self, tree: &Tree) -> Result<(), String> {
        let text = tree
            .find(KUBELET)
            .ok_or("the kubelet has no configuration")?;
        let documents =
            yaml::parse(&String::from_utf8_lossy(text)).map_err(|error| error.to_string())?;
        let field = |path: &[&str]| {
            let found = path
                .iter()
                .try_fold(&documents[0], |node, key| node.get(key));
            found.and_then(yaml::Node::text).map(str::to_owned)
        };
        let given = [
            (
                "--client-ca-file",
                field(&["authentication", "x509", "clientCAFile"]),
            ),
            ("--tls-cert-file", field(&["tlsCertFile"])),
            ("--tls-private-key-file", field(&["tlsPrivateKeyFile"])),
            ("--kubeconfig", Some(KUBELET_CONF.to_owned())),
        ];
        let given = given
            .into_iter()
            .filter_map(|(flag, value)| Some((flag, value?)));
        let container = given.fold(Container::on_node(tree), |container, (flag, value)| {
            container.with(flag, &value)
        });
        let inputs = container.inputs().with("--asks", &self.address(tree));
        if is_running(&mut self.kubelet, &inputs) {
            return Ok(());
        }
        self.kubelet = None;
        let asks = self.file("asks.conf");
        fs::write(&asks, self.kubeconfig(tree)).unwrap();
        let mut command = container.command(&self.plane().scheduler, &self.file("kubelet"));
        for flag in ["authentication", "authorization"] {
            command.arg(format!("--{flag}-kubeconfig={}", asks.display()));
        }
        command.args(["--authentication-skip-lookup", "--leader-elect=false"]);
        command.args(["--bind-address=192.20.97.8", "--secure-port=10250"]);
        let mut process = Process::start("kubelet", &mut command, &self.folder);
        let begin = Instant::now();
        while !process.said("Serving securely on") {
            if process.has_ended() || begin.elapsed() > PATIENCE {
                return Err(process.last_words());
            }
            sleep(Duration::from_millis(50));
        }
        self.kubelet = Some(Running { inputs, process });
        Ok(())
    }

    /// A kubeconfig of the test's own.
    fn kubeconfig(&self, tree: &Tree) -> String {
        format!(
            "\
apiVersion: v1
kind: Config
current-context: test
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
clusters: [{{name: test, cluster: {{server: 'https://{}', insecure-skip-tls-verify: true}}}}]
users: [{{name: test, user: {{token: {TOKEN}}}}}]
",
            self.address(tree)
        )
    }

    /// Runs kubectl.
    pub fn kubectl(&self, options: &[String], arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.plane().kubectl);
        command
            .args(options)
            .args(["--request-timeout", "10s", "--cache-dir"])
            .arg(self.file("cache"))
            .args(arguments);
        output(&mut command)
    }

    /// The options of somebody who verifies nothing, and may do everything.
    pub fn almighty(&self, tree: &Tree) -> Vec<String> {
        let server = format!("https://{}", self.address(tree));
        let options = [
            "--kubeconfig",
            "/dev/null",
            "--insecure-skip-tls-verify",
            "--server",
            &server,
            "--token",
            TOKEN,
        ];
        options.map(str::to_owned).to_vec()
    }

    /// What kube-apiserver answers to somebody who verifies nothing and shows nothing: the kubelet,
    /// which looks whether it is ready.
    fn probe(&self, tree: &Tree) -> Result<String, String> {
        self.http(tree, "GET /readyz HTTP/1.0\r\n\r\n", &[])
    }

    /// What kube-apiserver answers to a request as it is, over TLS with these options of openssl's.
    pub fn http(&self, tree: &Tree, request: &str, options: &[&str]) -> Result<String, String> {
        let path = self.file("request");
        fs::write(&path, request).unwrap();
        let mut command = Command::new("openssl");
        command
            .args(["s_client", "-quiet", "-connect", &self.address(tree)])
            .args(options);
        let answer = command
            .stdin(fs::File::open(path).unwrap())
            .output()
            .unwrap();
        let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
        match answer.is_empty() {
            true => Err("no answer".to_owned()),
            false => Ok(answer),
        }
    }

    /// Where kube-apiserver listens.
    fn address(&self, tree: &Tree) -> String {
        let container = Container::of(tree, APISERVER).ok();
        let port = container
            .as_ref()
            .and_then(|container| container.flag("--secure-port"));
        format!("192.20.97.8:{}", port.unwrap_or("6443"))
    }

    fn plane(&self) -> &'a Plane {
        self.programs.plane.as_ref().unwrap()
    }
}

fn is_running(running: &mut Option<Running>, inputs: &Container) -> bool {
    running
        .as_mut()
        .is_some_and(|running| running.inputs == *inputs && !running.process.has_ended())
}

/// The status of an answer.
fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

/// Whether a line of gRPC's says that etcd or its client was not taken, rather than that a
/// connection was given up because it is needed no more.
fn is_refusal(line: &str) -> bool {
    let was_given_up = [
        "operation was canceled",
        "context canceled",
        "use of closed network connection",
    ];
    line.contains("createTransport failed") && !was_given_up.iter().any(|why| line.contains(why))
}

/// The last line that has a text.
fn last_line(log: &str, text: &str) -> String {
    let found = log.lines().rfind(|line| line.contains(text));
    found.unwrap_or_default().to_owned()
}
