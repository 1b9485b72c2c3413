//! Which channel is the agent's.

use supabase_client::call::CallStatus;
use supabase_client::transcript::Speaker;

use crate::scene::Scene;

#[tokio::test]
async fn an_account_says_which_channel_is_the_agents() {
    let (scene, call) = Scene::with_demo_call().await;
    scene.set_agent_channel(1).await;
    let _worker = scene.worker("60s");
    scene.wait_for_status(call, CallStatus::Transcribed).await;
    let transcript = scene.page(call).await.transcript.expect("it is transcribed");
    for segment in &transcript.segments {
        let speaker = if segment.channel == 1 { Speaker::Agent } else { Speaker::Caller };
        assert_eq!(segment.speaker, speaker, "{segment:?}");
    }
}
