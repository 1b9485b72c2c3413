//! What tests do to see what survives a crash of the database.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::stack::Stack;

/// How long what is left of a killed PostgreSQL may keep its memory.
const LEFTOVERS_END_WITHIN: Duration = Duration::from_secs(30);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

impl Stack {
    /// Kills PostgreSQL, without a word to anybody, and starts it again on the same folder and port. Resolves when it
    /// answers again; the API goes on meanwhile and says that its database is away.
    ///
    /// With [`Durability::Fast`](crate::Durability) what was committed last may be forgotten.
    ///
    /// # Errors
    /// When PostgreSQL does not come back.
    pub async fn crash_database(&mut self) -> Result<(), Error> {
        self.postgres.crash().await;
        let (port, durability) = (self.postgres.port, self.postgres.durability);
        let (data, log) = (self.data_dir.postgres().to_owned(), self.data_dir.postgres_log());
        let killed = Instant::now();
        loop {
            match self.installation.start(&data, &log, port, durability).await {
                Ok(postgres) => {
                    self.postgres = postgres;
                    return Ok(());
                }
                // Its processes end by themselves when they see that their parent is gone.
                Err(Error::Postgres { .. } | Error::PortTaken { .. })
                    if killed.elapsed() < LEFTOVERS_END_WITHIN =>
                {
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}
