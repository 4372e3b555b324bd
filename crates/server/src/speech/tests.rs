//! Requests whose jobs are answered by the test, on a clock that only the test moves.

use std::sync::mpsc::Receiver;

use kokoro_wgpu::Voice;
use kokoro_wgpu::timestamps::SAMPLE_RATE;
use tokio::time::advance;

use super::*;
use crate::engine::Audio;

/// The time in which the audio must be made, and for which a client may be late.
const LIMIT: Duration = Duration::from_secs(10);

fn speaker() -> (Arc<Speaker>, Receiver<Job>) {
    let voices = Voices::new(vec!["af_heart".to_owned()], |_| Ok(Voice::seeded(0)));
    let mut limits = Limits::default();
    (limits.time, limits.stall, limits.client_requests) = (LIMIT, LIMIT, 2);
    let (jobs, received) = std_mpsc::channel();
    let speaker =
        Speaker::new(voices, Vocabulary::published(), Readers::default(), Arc::new(Metrics::default()), limits, jobs);
    (Arc::new(speaker), received)
}

/// A request of so many parts, and its client's patience.
fn request(parts: usize) -> Request {
    // The longest that one part may be, and a little.
    let phonemes = "wˈʌn tˈu θɹˈi fˈɔɹ fˈIv sˈɪks. ".repeat(15 * parts);
    Request { text: Text::Phonemes(phonemes), speed: 1.0, ..Request::default() }
}

/// Answers jobs with so many seconds of audio each, at once. The clock does not advance by itself while this runs.
fn answer(jobs: Receiver<Job>, seconds: usize) {
    tokio::task::spawn_blocking(move || {
        for Job { text_chunk, reply, .. } in jobs {
            let durations = vec![1; text_chunk.phonemes().chars().count() + 2];
            let audio = Audio { samples: vec![0.0; seconds * SAMPLE_RATE as usize], durations };
            let _ = reply.send(Ok(vec![Spoken { text_chunk, audio }])); // the request may be gone
        }
    });
}

async fn is_exhausted(patience: &Patience) -> bool {
    tokio::select! {
        biased;
        () = patience.exhausted() => true,
        () = tokio::task::yield_now() => false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_player_may_take_as_long_as_the_audio_lasts() {
    let (speaker, jobs) = speaker();
    answer(jobs, 20);
    let request = request(6);
    let patience = request.client.patience.clone();
    let mut sounds = speaker.start(request).unwrap();
    let mut played = Duration::ZERO;
    while let Some(sound) = sounds.next().await.unwrap() {
        let audio = Duration::from_secs(sound.samples.len() as u64 / u64::from(SAMPLE_RATE));
        advance(audio).await;
        assert!(!is_exhausted(&patience).await, "after {played:?}");
        played += audio;
    }
    assert!(played > 6 * LIMIT, "{played:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slower_than_half_the_pace_of_playback_is_let_go() {
    let (speaker, jobs) = speaker();
    answer(jobs, 20);
    let request = request(2);
    let patience = request.client.patience.clone();
    let mut sounds = speaker.start(request).unwrap();
    sounds.next().await.unwrap().unwrap();
    advance(2 * Duration::from_secs(20) + LIMIT - Duration::from_millis(1)).await;
    assert!(!is_exhausted(&patience).await);
    // It comes back in the last moment, and has used up what it may be late.
    sounds.next().await.unwrap().unwrap();
    advance(2 * Duration::from_secs(20)).await;
    assert!(!is_exhausted(&patience).await);
    advance(Duration::from_millis(2)).await;
    assert!(is_exhausted(&patience).await);
    drop(sounds);
    assert!(!is_exhausted(&patience).await, "nothing is asked of a client without a request");
}

#[tokio::test(start_paused = true)]
async fn audio_that_is_not_made_in_time_is_an_error() {
    let (speaker, _jobs) = speaker();
    let mut sounds = speaker.start(request(1)).unwrap();
    assert_eq!(sounds.next().await.unwrap_err().status, 504);
    assert!(sounds.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_client_has_its_share_of_places_and_others_have_the_rest() {
    let (speaker, _jobs) = speaker();
    let client = |id, is_shared| Client { id, is_shared, ..Client::default() };
    let mut places = vec![speaker.admit(&client(1, false)).unwrap(), speaker.admit(&client(1, false)).unwrap()];
    let refused = speaker.admit(&client(1, false)).err().unwrap();
    assert_eq!((refused.status, refused.retry_after.is_some()), (429, true));
    assert!(refused.message.contains("2 of your requests"), "{}", refused.message);
    assert!(speaker.admit(&client(2, false)).is_ok());
    places.pop();
    places.push(speaker.admit(&client(1, false)).unwrap());
    // A proxy has all that is left.
    let rest = (0..100).map_while(|_| speaker.admit(&client(3, true)).ok());
    places.extend(rest);
    assert_eq!((places.len(), speaker.metrics.requests_active.get()), (64, 64));
    places.clear();
    assert!(speaker.clients().is_empty());
}
