//! Maps of the tissue as images: an 8-bit PNG of one colour whose opacity is the value, written into a data URI.
//!
//! One byte a pixel in stored (uncompressed) blocks: a section is some ten thousand pixels, and a compressor would be a
//! dependency for a few hundred kilobytes. The colour is in the palette, opacity in the transparency chunk, so that the
//! same image lies on a light and on a dark page.

/// A `data:` URI of a `width` × `height` image in `rgb`; `opacity` runs row by row from the top.
///
/// `None` if the size does not match the data or is zero.
pub(crate) fn data_uri(width: usize, height: usize, rgb: [u8; 3], opacity: &[u8]) -> Option<String> {
    if width == 0 || height == 0 || width.checked_mul(height)? != opacity.len() {
        return None;
    }
    let (w, h) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let mut header = Vec::with_capacity(13);
    header.extend(w.to_be_bytes());
    header.extend(h.to_be_bytes());
    header.extend([8, 3, 0, 0, 0]);
    let palette: Vec<u8> = std::iter::repeat_n(rgb, 256).flatten().collect();
    let transparency: Vec<u8> = (0..=255).collect();
    let mut raw = Vec::with_capacity((width + 1) * height);
    for row in opacity.chunks_exact(width) {
        raw.push(0);
        raw.extend(row);
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"PLTE", &palette);
    chunk(&mut png, b"tRNS", &transparency);
    chunk(&mut png, b"IDAT", &stored(&raw));
    chunk(&mut png, b"IEND", &[]);
    Some(format!("data:image/png;base64,{}", base64(&png)))
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    // A chunk here is at most a few megabytes, far below the format's 2^31.
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    let crc = crc32(&png[start..]);
    png.extend(crc.to_be_bytes());
}

/// A zlib stream of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.len().div_ceil(65_535).max(1);
    for i in 0..blocks {
        let part = &data[i * 65_535..data.len().min((i + 1) * 65_535)];
        let length = part.len() as u16;
        out.push(u8::from(i + 1 == blocks));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(part);
    }
    out.extend(adler32(data).to_be_bytes());
    out
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in data {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

fn base64(data: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    for part in data.chunks(3) {
        let bytes = [part[0], part.get(1).copied().unwrap_or(0), part.get(2).copied().unwrap_or(0)];
        let word = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= part.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_match_the_standards_examples() {
        // Check values that the CRC-32 and Adler-32 definitions are commonly tested with.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        // RFC 4648, section 10.
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        assert_eq!(base64(b"fooba"), "Zm9vYmE=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    }

    #[test]
    fn a_size_that_does_not_match_gives_no_image() {
        assert!(data_uri(2, 2, [0, 0, 0], &[0, 1, 2]).is_none());
        assert!(data_uri(0, 2, [0, 0, 0], &[]).is_none());
        assert!(data_uri(3, 1, [9, 9, 9], &[0, 1, 2]).is_some());
    }
}
