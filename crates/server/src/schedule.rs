//! The order in which waiting sentences are spoken: bounded batches, fair between clients. No threads, no clock: the caller
//! says what time it is.

use std::collections::VecDeque;
use std::time::Duration;

use crate::pace::Pace;

/// Bounds of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest number of jobs in a batch.
    pub jobs: usize,
    /// How long the first job of an idle queue waits for others to share its batch.
    pub gather: Duration,
    /// How long a batch may take, as far as it can be predicted: a new short sentence waits no longer than that. A batch of
    /// one job may take longer.
    pub batch_time: Duration,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<J> {
    /// Speak these jobs at once.
    Batch(Vec<J>),
    /// Ask again at this time, or when a job was pushed.
    WaitUntil(Duration),
    /// Nothing waits.
    Idle,
}

/// Identifies the queue that a job waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who asks.
    pub client: u64,
    /// One of the client's requests, whose jobs are spoken in order.
    pub request: u64,
}

/// Waiting jobs. Clients take turns, and so do the requests of one client: a book delays a short sentence by at most one
/// batch, whoever sent it.
#[derive(Debug)]
pub struct Queue<J> {
    limits: Limits,
    clients: VecDeque<Client<J>>,
    /// When the oldest job came, if any waits.
    since: Option<Duration>,
    jobs: usize,
    /// Sum of the costs of all waiting jobs.
    cost: usize,
    pace: Pace,
}

#[derive(Debug)]
struct Client<J> {
    id: u64,
    requests: VecDeque<Request<J>>,
}

#[derive(Debug)]
struct Request<J> {
    id: u64,
    jobs: VecDeque<(usize, J)>,
}

impl<J> Queue<J> {
    pub fn new(limits: Limits) -> Self {
        Self { limits, clients: VecDeque::new(), since: None, jobs: 0, cost: 0, pace: Pace::default() }
    }

    /// Number of waiting jobs.
    pub fn len(&self) -> usize {
        self.jobs
    }

    /// How long all waiting jobs will take, if that is known.
    pub fn backlog(&self) -> Option<Duration> {
        self.pace.seconds(self.cost).map(Duration::from_secs_f64)
    }

    /// Adds a job. `cost` is proportional to the time it takes.
    pub fn push(&mut self, now: Duration, origin: Origin, cost: usize, job: J) {
        self.since.get_or_insert(now);
        self.jobs += 1;
        self.cost += cost;
        let client = find_or_add(
            &mut self.clients,
            |client| client.id == origin.client,
            || Client { id: origin.client, requests: VecDeque::new() },
        );
        let request = find_or_add(
            &mut client.requests,
            |request| request.id == origin.request,
            || Request { id: origin.request, jobs: VecDeque::new() },
        );
        request.jobs.push_back((cost, job));
    }

    /// The next batch, without jobs that nobody waits for any more.
    pub fn next(&mut self, now: Duration, is_cancelled: impl Fn(&J) -> bool) -> Next<J> {
        self.drop_jobs(is_cancelled);
        let Some(since) = self.since else { return Next::Idle };
        let ready = since + self.limits.gather;
        if self.jobs < self.limits.jobs && now < ready {
            return Next::WaitUntil(ready);
        }
        let affordable = self.pace.affordable(self.limits.batch_time);
        let (mut batch, mut cost) = (Vec::new(), 0);
        while batch.len() < self.limits.jobs
            && let Some(next) = self.peek()
            && (batch.is_empty() || (cost + next) as f64 <= affordable)
        {
            cost += next;
            batch.extend(self.pop());
        }
        Next::Batch(batch)
    }

    /// Tells how long a batch of this cost took.
    pub fn ran(&mut self, cost: usize, took: Duration) {
        self.pace.learn(cost, took);
    }

    /// The cost of the job whose turn it is.
    fn peek(&self) -> Option<usize> {
        Some(self.clients.front()?.requests.front()?.jobs.front()?.0)
    }

    /// Takes the job whose turn it is. Its request, and its client, then wait until all others had theirs.
    fn pop(&mut self) -> Option<J> {
        let mut client = self.clients.pop_front()?;
        let mut request = client.requests.pop_front()?;
        let (cost, job) = request.jobs.pop_front()?;
        if !request.jobs.is_empty() {
            client.requests.push_back(request);
        }
        if !client.requests.is_empty() {
            self.clients.push_back(client);
        }
        self.count(1, cost);
        Some(job)
    }

    fn drop_jobs(&mut self, is_cancelled: impl Fn(&J) -> bool) {
        let (mut jobs, mut cost) = (0, 0);
        self.clients.retain_mut(|client| {
            client.requests.retain_mut(|request| {
                request.jobs.retain(|(job_cost, job)| {
                    let dropped = is_cancelled(job);
                    jobs += usize::from(dropped);
                    cost += if dropped { *job_cost } else { 0 };
                    !dropped
                });
                !request.jobs.is_empty()
            });
            !client.requests.is_empty()
        });
        self.count(jobs, cost);
    }

    /// Accounts for jobs that left the queue.
    fn count(&mut self, jobs: usize, cost: usize) {
        self.jobs -= jobs;
        self.cost -= cost;
        if self.jobs == 0 {
            self.since = None;
        }
    }
}

/// The first item that matches, or a new one at the end.
fn find_or_add<T>(items: &mut VecDeque<T>, matches: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let index = items.iter().position(matches).unwrap_or_else(|| {
        items.push_back(new());
        items.len() - 1
    });
    &mut items[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { jobs: 4, gather: Duration::from_millis(4), batch_time: Duration::from_millis(500) };
    const LATER: Duration = Duration::from_secs(1);

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// A queue with jobs named by client, request and number, on an engine of 1,000 phonemes a second.
    fn queue(jobs: &[(u64, u64, &'static str)]) -> Queue<&'static str> {
        let mut queue = Queue::new(LIMITS);
        queue.ran(1_000, Duration::from_secs(1));
        for &(client, request, job) in jobs {
            queue.push(at(0), Origin { client, request }, 100, job);
        }
        queue
    }

    fn batch(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        match queue.next(LATER, |_| false) {
            Next::Batch(jobs) => jobs,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_short_sentence_shares_the_next_batch_with_a_book() {
        let mut queue = queue(&[(1, 1, "b1"), (1, 1, "b2"), (1, 1, "b3"), (1, 1, "b4"), (1, 1, "b5"), (2, 9, "hi")]);
        assert_eq!(batch(&mut queue), ["b1", "hi", "b2", "b3"]);
        assert_eq!(batch(&mut queue), ["b4", "b5"]);
        assert_eq!(queue.next(LATER, |_| false), Next::Idle);
    }

    #[test]
    fn clients_take_turns_and_so_do_the_requests_of_one() {
        // A client with three requests has no more of a batch than one with a single request.
        let jobs = [(1, 1, "a1"), (1, 1, "a2"), (1, 2, "b1"), (1, 3, "c1"), (2, 7, "x1"), (2, 7, "x2"), (2, 7, "x3")];
        let mut queue = queue(&jobs);
        assert_eq!(batch(&mut queue), ["a1", "x1", "b1", "x2"]);
        assert_eq!(batch(&mut queue), ["c1", "x3", "a2"]);
    }

    #[test]
    fn the_first_job_waits_a_moment_for_others_and_a_full_batch_does_not() {
        let mut queue = queue(&[(1, 1, "a")]);
        assert_eq!(queue.next(at(0), |_| false), Next::WaitUntil(at(4)));
        queue.push(at(3), Origin { client: 2, request: 2 }, 100, "b");
        assert_eq!(queue.next(at(3), |_| false), Next::WaitUntil(at(4)), "the wait is not prolonged");
        assert_eq!(queue.next(at(4), |_| false), Next::Batch(vec!["a", "b"]));
        for job in ["c", "d", "e", "f"] {
            queue.push(at(10), Origin { client: 1, request: 1 }, 100, job);
        }
        assert_eq!(queue.next(at(10), |_| false), Next::Batch(vec!["c", "d", "e", "f"]));
    }

    #[test]
    fn jobs_that_came_during_a_batch_do_not_wait_again() {
        let mut queue = queue(&[(1, 1, "a"), (1, 1, "b"), (1, 1, "c"), (1, 1, "d"), (1, 1, "e")]);
        assert_eq!(batch(&mut queue).len(), 4);
        assert_eq!(queue.next(at(1), |_| false), Next::WaitUntil(at(4)), "no full batch, and pushed just now");
        assert_eq!(queue.next(at(4), |_| false), Next::Batch(vec!["e"]));
    }

    #[test]
    fn a_batch_is_as_large_as_the_engine_is_fast() {
        let jobs = [(1, 1, "a"), (1, 1, "b"), (1, 1, "c"), (1, 1, "d")];
        for (rate, expected) in [(10, 1), (250, 1), (500, 2), (601, 3), (100_000, 4)] {
            let mut queue = Queue::new(LIMITS);
            queue.ran(rate, Duration::from_secs(1));
            for (client, request, job) in jobs {
                queue.push(at(0), Origin { client, request }, 100, job);
            }
            assert_eq!(batch(&mut queue).len(), expected, "{rate} phonemes a second, 500 ms a batch, 100 a job");
        }
        let mut unknown = Queue::new(LIMITS);
        for (client, request, job) in jobs {
            unknown.push(at(0), Origin { client, request }, 100, job);
        }
        assert_eq!((unknown.backlog(), batch(&mut unknown).len()), (None, 1), "the first batch measures the speed");
    }

    /// Numbers of jobs in the batches that many waiting jobs make, on an engine that takes so many microseconds for a batch and
    /// for each unit of cost.
    fn batches(for_each_batch: u64, for_each_unit: u64) -> Vec<usize> {
        let mut queue = Queue::new(Limits { jobs: 16, ..LIMITS });
        for number in 0..200_u64 {
            // Sentences of 20 to 119 phonemes, in no order.
            let cost = 20 + (number * 37) % 100;
            queue.push(at(0), Origin { client: number % 8, request: number }, cost as usize, cost);
        }
        let mut batches = Vec::new();
        while let Next::Batch(costs) = queue.next(LATER, |_| false) {
            let cost = costs.iter().sum::<u64>();
            queue.ran(cost as usize, Duration::from_micros(for_each_batch + for_each_unit * cost));
            batches.push(costs.len());
        }
        batches
    }

    #[test]
    fn work_that_is_mostly_starting_is_done_in_large_batches_and_other_work_is_not() {
        // A batch takes 0.3 s, and hardly more with sixteen jobs: 0.3 + 16 x 70 x 0.0001 = 0.41 s.
        let starting = batches(300_000, 100);
        assert_eq!(starting[..2], [1, 1], "nothing is known, and then only of one length");
        assert!(starting.len() < 25, "200 jobs would take 13 full batches: {starting:?}");
        // One job takes 0.1 to 0.6 s, and two twice as long, so that few pairs fit into half a second.
        let working = batches(0, 5_000);
        assert!(working.iter().all(|jobs| *jobs <= 4) && working.len() > 120, "{working:?}");
        // A fast engine fills its batches from the start.
        let fast = batches(5_000, 50);
        assert!(fast.len() < 16, "{fast:?}");
    }

    #[test]
    fn the_pace_follows_the_engine() {
        let mut queue = queue(&[]);
        for _ in 0..30 {
            queue.ran(100, Duration::from_secs(1));
        }
        queue.push(at(0), Origin { client: 1, request: 1 }, 200, "a");
        let backlog = queue.backlog().unwrap().as_secs_f64();
        assert!((1.9..2.1).contains(&backlog), "200 phonemes at 100 a second: {backlog}");
    }

    #[test]
    fn cancelled_jobs_leave_the_queue() {
        let mut queue = queue(&[(1, 1, "gone 1"), (1, 1, "gone 2"), (2, 2, "stays"), (3, 3, "gone 3")]);
        assert_eq!(queue.next(LATER, |job| job.starts_with("gone")), Next::Batch(vec!["stays"]));
        assert_eq!((queue.len(), queue.backlog()), (0, Some(Duration::ZERO)));
        assert_eq!(queue.next(LATER, |_| false), Next::Idle);
    }
}
