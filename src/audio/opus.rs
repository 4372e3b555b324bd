//! Opus in Ogg.

use std::io::{self, Write};

use kokoro_text::timestamps::SAMPLE_RATE;
use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusHead, OpusTags};

use super::encoder::{Encoder, failed};
use crate::error::{Error, Result};

/// Bits per second: speech at this rate sounds unchanged.
const BITRATE: i32 = 48_000;
/// Samples in a packet: 20 ms.
const PACKET: usize = SAMPLE_RATE as usize / 50;
/// Positions in the file are counted at 48 kHz, whatever the sample rate.
const TICKS_PER_SAMPLE: usize = 48_000 / SAMPLE_RATE as usize;
/// Bytes in a page: about half a second, so that the reader of a pipe doesn't wait long.
const PAGE: usize = 3000;

pub(super) struct OpusEncoder<W: Write> {
    encoder: opus_pure::OpusEncoder,
    writer: OggOpusWriter<W>,
    /// Ticks that a decoder discards before the first sample.
    pre_skip: usize,
    /// Less than a packet.
    incomplete: Vec<f32>,
    /// Samples encoded or in the incomplete packet.
    samples: usize,
}

impl<W: Write> OpusEncoder<W> {
    pub fn new(out: W, tags: &[(String, String)]) -> Result<Self> {
        let mut encoder = opus_pure::OpusEncoder::new(SAMPLE_RATE as i32, 1, Application::Audio).map_err(refused)?;
        encoder.bitrate_bps = BITRATE;
        let head = OpusHead::for_encoder(&encoder, SAMPLE_RATE);
        let pre_skip = head.pre_skip.into();
        let mut comments = OpusTags::new();
        comments.comments = tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut writer = OggOpusWriter::with_tags(out, head, comments).map_err(refused)?;
        writer.set_page_target(PAGE);
        Ok(Self { encoder, writer, pre_skip, incomplete: Vec::new(), samples: 0 })
    }

    /// Ticks in all packets so far.
    fn ticks(&self) -> usize {
        usize::try_from(self.writer.granule()).unwrap_or_default()
    }

    fn packet(&mut self, samples: &[f32]) -> Result<Vec<u8>> {
        let mut packet = vec![0; MAX_PACKET_BYTES];
        let length = self.encoder.encode(samples, PACKET, &mut packet).map_err(refused)?;
        packet.truncate(length);
        Ok(packet)
    }
}

impl<W: Write> Encoder<W> for OpusEncoder<W> {
    fn encode(&mut self, samples: &[f32]) -> Result<()> {
        self.samples += samples.len();
        self.incomplete.extend(samples.iter().map(|sample| sample.clamp(-1.0, 1.0)));
        let pending = std::mem::take(&mut self.incomplete);
        let packets = pending.chunks_exact(PACKET);
        self.incomplete = packets.remainder().to_vec();
        for samples in packets {
            let packet = self.packet(samples)?;
            self.writer.write_packet(&packet).map_err(refused)?;
        }
        // Pages that are complete leave a buffered pipe.
        self.writer.get_mut().map_or(Ok(()), Write::flush).map_err(failed("Opus"))
    }

    fn finish(mut self: Box<Self>) -> Result<W> {
        // The encoder lags by `pre_skip`: silence flushes its last samples, and the last position in the file marks the
        // end of the audio (RFC 7845, 4.4).
        let end = self.pre_skip + TICKS_PER_SAMPLE * self.samples;
        let mut samples = std::mem::take(&mut self.incomplete);
        let missing = (end - self.ticks()).div_ceil(TICKS_PER_SAMPLE).next_multiple_of(PACKET);
        samples.resize(missing, 0.0);
        for samples in samples.chunks_exact(PACKET) {
            let packet = self.packet(samples)?;
            let ticks = (TICKS_PER_SAMPLE * PACKET).min(end - self.ticks());
            self.writer.write_packet_with_duration(&packet, ticks as u32).map_err(refused)?;
        }
        self.writer.finish().map_err(refused)
    }
}

fn refused(error: opus_pure::Error) -> Error {
    failed("Opus")(match error {
        opus_pure::Error::Io(error) => error,
        other => io::Error::other(other),
    })
}

#[cfg(test)]
mod tests {
    use opus_pure::{MAX_PACKET_SAMPLES, OggOpusReader, Trim};

    use super::*;
    use crate::audio::Format::Opus;
    use crate::audio::format::tests::{piped, written_before_the_end};

    /// Harmonics of a vowel that rise and fall.
    fn voice(count: usize) -> Vec<f32> {
        let harmonic = |at: f32, k: f32| (at * k * 0.03).sin() / k;
        let sample = |at: f32| (1..20).map(|k| harmonic(at, k as f32)).sum::<f32>() * 0.3 * (at * 0.0005).sin().abs();
        (0..count).map(|at| sample(at as f32)).collect()
    }

    /// Position after the page and packet bytes of each page, whose checksums must match.
    fn pages(mut file: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut pages = Vec::new();
        while !file.is_empty() {
            assert!(file.starts_with(b"OggS\0"), "page {}", pages.len());
            let segments = usize::from(file[26]);
            let length: usize = file[27..27 + segments].iter().map(|size| usize::from(*size)).sum();
            let (page, rest) = file.split_at(27 + segments + length);
            let sum = page.iter().enumerate().fold(0_u32, |sum, (at, byte)| {
                // The checksum field counts as zero.
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
    fn headers_and_length_follow_the_standard() {
        for (count, why) in [
            (0, "no samples"),
            (1, "one sample"),
            (480, "a packet"),
            (481, "past a packet"),
            (48_017, "two seconds and a prime"),
        ] {
            let file = Opus.to_bytes(&voice(count)).unwrap();
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
    fn decoded_audio_is_aligned_and_of_the_same_length() {
        let samples = voice(30_011);
        let file = Opus.to_bytes(&samples).unwrap();
        let mut reader = OggOpusReader::new(file.as_slice()).unwrap();
        let mut decoder = reader.head().decoder(24_000).unwrap();
        let mut trim = Trim::new(reader.head(), 24_000, 1).unwrap();
        let mut block = vec![0.0; MAX_PACKET_SAMPLES];
        let mut decoded = Vec::new();
        for packet in reader.packets() {
            let packet = packet.unwrap();
            let count = decoder.decode(&packet.data, MAX_PACKET_SAMPLES, &mut block).unwrap();
            decoded.extend_from_slice(trim.keep(&packet, &block[..count]));
        }
        assert_eq!(decoded.len(), samples.len());
        let power = |samples: &mut dyn Iterator<Item = f32>| samples.map(|x| f64::from(x) * f64::from(x)).sum::<f64>();
        let noise = power(&mut decoded.iter().zip(&samples).map(|(a, b)| a - b));
        let ratio = 10.0 * (power(&mut samples.iter().copied()) / noise).log10();
        // An offset of one sample would leave 20 dB for these harmonics, silence 0.
        assert!(ratio > 24.0, "{ratio:.1} dB");
        let rate = 8.0 * file.len() as f64 / (samples.len() as f64 / 24_000.0);
        assert!((24_000.0..72_000.0).contains(&rate), "{rate:.0} bits a second, expected about {BITRATE}");
    }

    #[test]
    fn tags_are_read_back() {
        let tags = [("TITLE".to_owned(), "Chapter 1".to_owned())];
        let mut encoder = Opus.into_tagged_file(io::Cursor::new(Vec::new()), &tags).unwrap();
        encoder.encode(&voice(5_000)).unwrap();
        let file = encoder.finish().unwrap().into_inner();
        assert_eq!(OggOpusReader::new(file.as_slice()).unwrap().tags().get("title"), Some("Chapter 1"));
    }

    #[test]
    fn chunks_make_the_same_file() {
        let samples = voice(20_000);
        assert!(piped(Opus, &samples) == Opus.to_bytes(&samples).unwrap());
        let early = written_before_the_end(Opus, &samples);
        assert!(early > 1000, "{early} bytes of 0.8 s");
    }
}
