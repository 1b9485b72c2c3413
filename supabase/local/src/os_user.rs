//! PostgreSQL refuses to run as root. Run by root, its programs get the system user `postgres` (or
//! `nobody`), and their folder lies where that user can reach it.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::Error;

/// Where the database of a stack goes when root's data folder is closed to other users.
const REACHABLE_BY_ALL: &str = "/var/tmp";

/// The user that PostgreSQL's programs run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OsUser {
    /// Whoever started the stack.
    Current,
    /// Another one, because root started the stack.
    Other { uid: u32, gid: u32 },
}

impl OsUser {
    /// The current user, or for root the user `postgres` or `nobody`.
    pub fn for_postgres() -> Result<OsUser, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(OsUser::Current);
        }
        let passwd = Path::new("/etc/passwd");
        let users = std::fs::read_to_string(passwd).map_err(Error::io("cannot read", passwd))?;
        ["postgres", "nobody"].iter().find_map(|name| find_user(&users, name)).ok_or_else(|| {
            Error::Postgres {
                what: "PostgreSQL cannot run as root",
                output: "the system has neither a user postgres nor nobody".to_owned(),
            }
        })
    }

    /// A command that runs as this user.
    pub fn command(self, program: &Path) -> Command {
        self.prepare(Command::new(program))
    }

    /// A command that runs as this user and gets SIGINT when the thread that started it dies, where the
    /// system's `setpriv` can arrange that.
    pub fn command_that_dies_with_us(self, program: &Path) -> Command {
        let setpriv = Path::new("/usr/bin/setpriv");
        if !setpriv.exists() {
            return self.command(program);
        }
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "SIGINT", "--"]).arg(program);
        self.prepare(command)
    }

    fn prepare(self, mut command: Command) -> Command {
        // The current folder may be closed to the other user.
        command.current_dir("/");
        if let OsUser::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Makes `dir` this user's own and private.
    pub fn make_private_dir(self, dir: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(dir).map_err(Error::io("cannot make", dir))?;
        self.own(dir)?;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
            .map_err(Error::io("cannot set the rights of", dir))
    }

    /// Hands a file or folder to this user.
    pub fn own(self, path: &Path) -> Result<(), Error> {
        match self {
            OsUser::Current => Ok(()),
            OsUser::Other { uid, gid } => std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(Error::io("cannot hand over", path)),
        }
    }

    /// `dir` itself when this user can reach it, otherwise a folder of the same meaning that it can.
    ///
    /// The folder elsewhere is named after `dir`, so the same data folder always leads to it.
    pub fn reachable(self, dir: &Path) -> PathBuf {
        let open = |ancestor: &Path| {
            std::fs::metadata(ancestor).is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
        };
        let parents = dir.ancestors().skip(1).filter(|ancestor| ancestor.exists());
        if self == OsUser::Current || parents.into_iter().all(open) {
            return dir.to_owned();
        }
        let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
        Path::new(REACHABLE_BY_ALL).join(format!("supabase-local-{}", &hex(&digest)[..16]))
    }
}

fn find_user(passwd: &str, name: &str) -> Option<OsUser> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(OsUser::Other { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd =
            "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8::/:\npostgres:x:105:113:,,,:/var/lib:/bin/bash\n";
        assert_eq!(find_user(passwd, "postgres"), Some(OsUser::Other { uid: 105, gid: 113 }));
        assert_eq!(find_user(passwd, "nobody"), None);
    }

    #[test]
    fn a_closed_folder_leads_to_the_same_place_elsewhere_each_time() {
        let closed = tempfile::tempdir().unwrap();
        std::fs::set_permissions(closed.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let dir = closed.path().join("postgres");
        let other = OsUser::Other { uid: 12345, gid: 12345 };
        assert_eq!(OsUser::Current.reachable(&dir), dir);
        assert!(other.reachable(&dir).starts_with(REACHABLE_BY_ALL));
        assert_eq!(other.reachable(&dir), other.reachable(&dir));
    }
}
