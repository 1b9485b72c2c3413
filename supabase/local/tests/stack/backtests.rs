//! The language model's budget and backtests, on CallScript's own project, through its client.

use std::path::Path;

use secrecy::SecretString;
use sqlx::{Connection, PgConnection};
use supabase_client::backtest::{BacktestOrder, BacktestStatus, BacktestedCall};
use supabase_client::http::{Api, Error, Supabase, SupabaseConfig};
use supabase_client::judgement::Verdict;
use supabase_client::model_use::{ModelLimits, ModelUse};
use supabase_local::Stack;
use uuid::Uuid;

/// Password of the users of `supabase/seed.sql`.
const PASSWORD: &str = "callscript-local";

/// Two judged calls of ACA and a draft, as lanes and an admin in Studio leave them.
const SCENE: &str = "
    insert into core.draft_rules (draft, vertical, key, title, severity, instruction, phrases)
    values ('softer', 'aca', 'drafted', 'Drafted', 'minor', 'Do not.', '{a b}');
    insert into core.calls
      (account, ringba_call_id, start_time_utc, storage_path, vertical, status, flags, qa_version, judge_model)
    select 'RA1', 'RGB' || n, '2026-11-20 10:00Z'::timestamptz + make_interval(hours => n), 'RA1/' || n || '.wav', 'aca',
      'safe', '[]', 'rules/prompt', 'phrases'
    from generate_series(1, 2) as n;
    insert into core.transcripts (call_id, model, language, duration_ms, segments, round)
    select call_id, 'm', 'en', 1000, '[]', 1 from core.calls;
    insert into core.judgements
      (call_id, round, ruleset_id, prompt_version, verdict, judge_model, flags, rule_results)
    select c.call_id, 1, v.ruleset_id, 'p', 'safe', 'phrases', '[]', '[]'
    from core.calls as c join core.verticals as v on v.vertical = 'aca';
    update core.calls as c set judgement_id = j.judgement_id from core.judgements as j where j.call_id = c.call_id";

struct Scene {
    server: Api,
    admin: Api,
    _stack: Stack,
}

impl Scene {
    async fn new() -> Self {
        let stack = Stack::for_test(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).await.unwrap();
        let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
        sqlx::raw_sql(SCENE).execute(&mut database).await.unwrap();
        let people = connect(&stack, stack.publishable_key());
        let password = SecretString::from(PASSWORD);
        let session = people.auth().sign_in("admin@callscript.local", &password).await.unwrap();
        Self {
            server: connect(&stack, stack.secret_key()).as_service(),
            admin: people.as_user(session.access_token),
            _stack: stack,
        }
    }
}

fn connect(stack: &Stack, key: &str) -> Supabase {
    Supabase::new(SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: key.into() }).unwrap()
}

fn used(tokens: i64, usd: &str) -> ModelUse {
    ModelUse { tokens, cost_usd: usd.parse().unwrap() }
}

#[tokio::test]
async fn the_model_is_used_up_to_its_limits() {
    let Scene { server, admin, _stack } = Scene::new().await;
    let limits = ModelLimits { tokens_per_day: Some(1_000), usd_per_day: Some("0.02".parse().unwrap()) };
    let first = Uuid::from_u128(1);
    assert!(server.reserve_model_use(first, used(600, "0.015"), limits).await.unwrap());
    assert!(server.reserve_model_use(first, used(600, "0.015"), limits).await.unwrap(), "the same again");
    assert!(!server.reserve_model_use(Uuid::from_u128(2), used(1, "0.006"), limits).await.unwrap());
    assert_eq!(admin.open_alerts().await.unwrap()[0].kind, "judge_budget_spent");
    server.settle_model_use(first, used(100, "0.0000025")).await.unwrap();
    let no_limits = ModelLimits::default();
    assert!(server.reserve_model_use(Uuid::from_u128(2), used(2_000, "1"), no_limits).await.unwrap());
    assert_eq!(admin.model_use_today().await.unwrap().used, used(2_100, "1.0000025"));
    assert!(admin.open_alerts().await.unwrap().is_empty());
    let refused = admin.reserve_model_use(first, used(1, "0"), limits).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
}

#[tokio::test]
async fn a_draft_is_tried_and_published() {
    let Scene { server, admin, _stack } = Scene::new().await;
    let mut order = BacktestOrder {
        draft: "empty".to_owned(),
        vertical: "aca".to_owned(),
        from_time: "2026-11-20T10:00:00.5Z".parse().unwrap(),
        to_time: "2026-11-20T12:00:00.000001Z".parse().unwrap(),
        most_calls: None,
    };
    let refused = admin.order_backtest(&order).await;
    let Err(Error::Refused { sentence, .. }) = refused else { panic!("{refused:?}") };
    assert!(sentence.starts_with("The draft \"empty\" has no rules"), "{sentence}");
    order.draft = "softer".to_owned();
    let id = admin.order_backtest(&order).await.unwrap();

    let claimed = server.claim_backtest("judge-1", None).await.unwrap().expect("it waits");
    assert_eq!((claimed.backtest_id, claimed.calls_done, claimed.calls_total), (id, 0, 2));
    assert!(claimed.ruleset.rules.iter().any(|rule| rule.key == "drafted"));
    assert_eq!(server.claim_backtest("judge-2", Some(id)).await.unwrap(), None);
    let batch = server.backtest_batch(claimed.lease_token, 1).await.unwrap();
    assert_eq!(batch[0].shown.ruleset, server.present_ruleset("aca").await.unwrap());
    assert_eq!(batch[0].shown.verdict, Verdict::Safe);

    let mut left = 2;
    loop {
        let batch = server.backtest_batch(claimed.lease_token, 1).await.unwrap();
        let [call] = &batch[..] else { break };
        let tried = [BacktestedCall {
            call_id: call.call_id,
            verdict: Verdict::Undecided,
            flags: Vec::new(),
            undecided: vec!["drafted".to_owned()],
        }];
        let report = || server.report_backtest(claimed.lease_token, &tried, 2, used(300, "0.0001"));
        left -= 1;
        assert_eq!(report().await.unwrap(), left);
        assert_eq!(report().await.unwrap(), left, "a lost reply");
        assert!(server.beat_backtest(claimed.lease_token).await.unwrap());
    }
    assert_eq!(left, 0);
    let report = server.finish_backtest(claimed.lease_token, None).await.unwrap();
    assert_eq!(server.finish_backtest(claimed.lease_token, None).await.unwrap(), report, "a lost reply");
    assert_eq!((report.verdicts.before.safe, report.verdicts.after.undecided), (2, 2));
    let progress = admin.backtest_report(id).await.unwrap();
    assert_eq!((progress.status, progress.calls_done), (BacktestStatus::Done, 2));
    assert_eq!(progress.report, Some(report));
    let late = server.backtest_batch(claimed.lease_token, 1).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");

    assert_eq!(admin.publish_draft("softer").await.unwrap(), 1);
    let present = server.present_ruleset("aca").await.unwrap();
    assert!(present.rules.iter().any(|rule| rule.key == "drafted"));
}
