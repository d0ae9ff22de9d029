//! An API that holds one object: what extension API servers go by. Whoever changes it may be killed
//! before he is answered.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::{fs, io};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";

/// It answers to the end of the program.
pub struct Api {
    held: Arc<Mutex<Held>>,
    /// A kubeconfig that leads there.
    pub kubeconfig: PathBuf,
}

struct Held {
    object: Value,
    /// How many times it was put.
    puts: usize,
    /// Who is killed by the next who puts it.
    victim: Option<Pid>,
}

impl Api {
    /// One that holds this bundle of front proxies' authorities.
    pub fn start(folder: &Path, bundle: &[u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let kubeconfig = folder.join("api.conf");
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: 'http://{}'}}}}]\n\
             users: [{{name: u, user: {{token: abc}}}}]\n\
             contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n",
            listener.local_addr().unwrap()
        );
        fs::write(&kubeconfig, text).unwrap();
        let object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "extension-apiserver-authentication", "namespace": "kube-system"},
            "data": {"requestheader-client-ca-file": String::from_utf8_lossy(bundle)},
        });
        let held = Arc::new(Mutex::new(Held {
            object,
            puts: 0,
            victim: None,
        }));
        let answers = held.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let held = answers.clone();
                // Whoever hangs up has heard enough.
                thread::spawn(move || serve(&stream, &held));
            }
        });
        Api { held, kubeconfig }
    }

    /// The next who puts the object kills this process, before he is answered.
    pub fn kill(&self, process: u32) {
        let process = Pid::from_raw(process.try_into().unwrap());
        self.held.lock().unwrap().victim = process;
    }

    /// What the object holds, and how many times it was put.
    pub fn state(&self) -> (Vec<u8>, usize) {
        let held = self.held.lock().unwrap();
        let bundle = &held.object["data"]["requestheader-client-ca-file"];
        (bundle.as_str().unwrap().as_bytes().to_vec(), held.puts)
    }
}

/// Answers one request after the other.
fn serve(stream: &TcpStream, held: &Mutex<Held>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (request, body) = request(&mut reader)?;
        let answer = held.lock().unwrap().answer(&request, &body);
        let (status, body) = match answer {
            Some(object) => (200, object.to_string()),
            None => (404, "{}".to_owned()),
        };
        let head = "Content-Type: application/json\r\nContent-Length";
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} X\r\n{head}: {length}\r\n\r\n{body}");
        (&mut &*stream).write_all(answer.as_bytes())?;
    }
}

fn request(reader: &mut impl BufRead) -> io::Result<(String, Vec<u8>)> {
    let mut line = String::new();
    let mut lines = Vec::new();
    while reader.read_line(&mut line)? > 2 {
        lines.push(std::mem::take(&mut line).to_lowercase());
    }
    let request = lines.first().ok_or(io::ErrorKind::UnexpectedEof)?.clone();
    let length = lines
        .iter()
        .find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body)?;
    Ok((request, body))
}

impl Held {
    fn answer(&mut self, request: &str, body: &[u8]) -> Option<Value> {
        let mut words = request.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let is_it = path.split('?').next() == Some(PATH);
        if method == "put" && is_it {
            self.object = serde_json::from_slice(body).unwrap();
            self.puts += 1;
            if let Some(victim) = self.victim.take() {
                kill_process(victim, Signal::KILL).unwrap();
            }
        }
        let nothing = json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []});
        match is_it {
            true => Some(self.object.clone()),
            // Another object.
            false => (!path.contains("/namespaces/")).then_some(nothing),
        }
    }
}
