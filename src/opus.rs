//! Samples as an Opus file: mono, from 24 kHz, in Ogg.
//!
//! Opus is lossy; at the rate chosen here speech sounds as it was. Decoders make 48 kHz of it, and a file says how many
//! of their samples are sound: exactly twice as many as went in.

use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead, OpusTags};

use crate::{Error, Result, SAMPLE_RATE};

/// Bits a second.
const RATE: i32 = 48_000;
/// Samples of a packet: 20 ms.
const PACKET: usize = SAMPLE_RATE as usize / 50;
/// Places in the file are counted at 48 kHz, whatever went in.
const TICKS: usize = 48_000 / SAMPLE_RATE as usize;
/// Bytes of a page: about half a second, so that a pipe's reader does not wait long.
const PAGE: usize = 3000;

/// An Opus file that is written as it is made.
///
/// ```
/// # fn main() -> kokoro_wgpu::Result<()> {
/// let mut encoder = kokoro_wgpu::opus::Encoder::new()?;
/// let mut file = encoder.encode(&[0.0; 24_000])?;
/// file.extend(encoder.finish()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Encoder {
    encoder: OpusEncoder,
    writer: OggOpusWriter<Vec<u8>>,
    /// At 48 kHz, what a decoder throws away before the first sample.
    pre_skip: usize,
    /// Less than a packet.
    waiting: Vec<f32>,
    samples: usize,
}

impl Encoder {
    /// An empty file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if the library refuses.
    pub fn new() -> Result<Self> {
        let mut encoder = OpusEncoder::new(SAMPLE_RATE as i32, 1, Application::Audio).map_err(failed)?;
        encoder.bitrate_bps = RATE;
        let head = OpusHead::for_encoder(&encoder, SAMPLE_RATE);
        let pre_skip = head.pre_skip.into();
        let mut writer = OggOpusWriter::with_tags(Vec::new(), head, OpusTags::new()).map_err(failed)?;
        writer.set_page_target(PAGE);
        Ok(Self { encoder, writer, pre_skip, waiting: Vec::new(), samples: 0 })
    }

    /// The bytes that follow those so far; some samples wait for more. Full scale is 1, what lies beyond is clipped.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        self.samples += samples.len();
        self.waiting.extend(samples.iter().map(|sample| sample.clamp(-1.0, 1.0)));
        let waiting = std::mem::take(&mut self.waiting);
        let packets = waiting.chunks_exact(PACKET);
        self.waiting = packets.remainder().to_vec();
        for samples in packets {
            let packet = self.packet(samples)?;
            self.writer.write_packet(&packet).map_err(failed)?;
        }
        Ok(self.writer.get_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Ends the file, exactly after the last sample.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn finish(mut self) -> Result<Vec<u8>> {
        // The encoder is `pre_skip` behind: silence pushes its last samples out, and the last place in the file says
        // where the sound ended (RFC 7845, 4.4).
        let end = self.pre_skip + TICKS * self.samples;
        let mut samples = std::mem::take(&mut self.waiting);
        let missing = (end - self.ticks()).div_ceil(TICKS).next_multiple_of(PACKET);
        samples.resize(missing, 0.0);
        for samples in samples.chunks_exact(PACKET) {
            let packet = self.packet(samples)?;
            let ticks = (TICKS * PACKET).min(end - self.ticks());
            self.writer.write_packet_with_duration(&packet, ticks as u32).map_err(failed)?;
        }
        self.writer.finish().map_err(failed)
    }

    /// How far the packets so far reach.
    fn ticks(&self) -> usize {
        usize::try_from(self.writer.granule()).unwrap_or_default()
    }

    fn packet(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        let mut packet = vec![0; MAX_PACKET_BYTES];
        let length = self.encoder.encode(samples, PACKET, &mut packet).map_err(failed)?;
        packet.truncate(length);
        Ok(packet)
    }
}

/// An Opus file as bytes.
///
/// # Errors
/// As for [`Encoder::new`].
pub fn bytes(samples: &[f32]) -> Result<Vec<u8>> {
    let mut encoder = Encoder::new()?;
    let mut file = encoder.encode(samples)?;
    file.extend(encoder.finish()?);
    Ok(file)
}

fn failed(error: opus_pure::Error) -> Error {
    Error::Encoding { format: "Opus", source: error.into() }
}

#[cfg(test)]
mod tests {
    use opus_pure::{MAX_PACKET_SAMPLES, OggOpusReader, Trim};

    use super::*;

    /// A vowel's worth of harmonics that rise and fall.
    fn voice(count: usize) -> Vec<f32> {
        let harmonic = |at: f32, k: f32| (at * k * 0.03).sin() / k;
        let sample = |at: f32| (1..20).map(|k| harmonic(at, k as f32)).sum::<f32>() * 0.3 * (at * 0.0005).sin().abs();
        (0..count).map(|at| sample(at as f32)).collect()
    }

    /// (place after the page, bytes of sound) of each page, whose checksums must hold.
    fn pages(mut file: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut pages = Vec::new();
        while !file.is_empty() {
            assert!(file.starts_with(b"OggS\0"), "page {}", pages.len());
            let segments = usize::from(file[26]);
            let length: usize = file[27..27 + segments].iter().map(|size| usize::from(*size)).sum();
            let (page, rest) = file.split_at(27 + segments + length);
            let sum = page.iter().enumerate().fold(0_u32, |sum, (at, byte)| {
                // The checksum is taken as if it were zero itself.
                let byte = if (22..26).contains(&at) { 0 } else { *byte };
                let shift = |sum: u32, _| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
                (0..8).fold(sum ^ u32::from(byte) << 24, shift)
            });
            assert_eq!(sum, u32::from_le_bytes(page[22..26].try_into().unwrap()), "page {}", pages.len());
            pages.push((u64::from_le_bytes(page[6..14].try_into().unwrap()), page[27 + segments..].to_vec()));
            file = rest;
        }
        pages
    }

    #[test]
    fn a_file_says_what_it_holds_as_the_standard_asks() {
        for (count, why) in [
            (0, "nothing"),
            (1, "a sample"),
            (480, "a packet"),
            (481, "past a packet"),
            (48_017, "two seconds, and a prime"),
        ] {
            let file = bytes(&voice(count)).unwrap();
            let pages = pages(&file);
            let head = &pages[0].1;
            assert!(head.starts_with(b"OpusHead\x01\x01"), "{why}: version 1, one channel");
            let pre_skip = u64::from(u16::from_le_bytes(head[10..12].try_into().unwrap()));
            assert_eq!(pre_skip, 312, "{why}: 6.5 ms at 48 kHz, as the reference encoder has");
            assert_eq!(head[12..16], 24_000_u32.to_le_bytes(), "{why}");
            assert_eq!(head[16..], [0, 0, 0], "{why}: no gain, mapping family 0");
            assert!(pages[1].1.starts_with(b"OpusTags"), "{why}");
            // Two ticks a sample.
            assert_eq!(pages.last().unwrap().0, pre_skip + 2 * count as u64, "{why}");
        }
    }

    #[test]
    fn what_is_heard_is_what_was_said_in_step_and_at_its_length() {
        let samples = voice(30_011);
        let file = bytes(&samples).unwrap();
        let mut reader = OggOpusReader::new(file.as_slice()).unwrap();
        let mut decoder = reader.head().decoder(24_000).unwrap();
        let mut trim = Trim::new(reader.head(), 24_000, 1).unwrap();
        let mut block = vec![0.0; MAX_PACKET_SAMPLES];
        let mut heard = Vec::new();
        for packet in reader.packets() {
            let packet = packet.unwrap();
            let count = decoder.decode(&packet.data, MAX_PACKET_SAMPLES, &mut block).unwrap();
            heard.extend_from_slice(trim.keep(&packet, &block[..count]));
        }
        assert_eq!(heard.len(), samples.len());
        let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x) * f64::from(x)).sum::<f64>();
        let noise = power(&mut heard.iter().zip(&samples).map(|(a, b)| a - b));
        let ratio = 10.0 * (power(&mut samples.iter().copied()) / noise).log10();
        // A step of one sample would leave 20 dB of these harmonics, silence 0.
        assert!(ratio > 24.0, "{ratio:.1} dB");
        let rate = 8.0 * file.len() as f64 / (samples.len() as f64 / 24_000.0);
        assert!((24_000.0..72_000.0).contains(&rate), "{rate:.0} bits a second, asked for {RATE}");
    }

    #[test]
    fn in_pieces_it_is_the_same_file() {
        let samples = voice(20_000);
        let mut encoder = Encoder::new().unwrap();
        let mut file = Vec::new();
        for piece in samples.chunks(777) {
            file.extend(encoder.encode(piece).unwrap());
        }
        assert!(file.len() > 1000, "{} bytes of 0.8 s have left before the end", file.len());
        file.extend(encoder.finish().unwrap());
        assert!(file == bytes(&samples).unwrap());
    }
}
