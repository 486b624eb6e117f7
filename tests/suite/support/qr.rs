//! What a phone's camera makes of a picture: two decoders that share no code, which must agree.

/// A picture in shades of grey.
#[derive(Debug)]
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    /// Reads a PNG as the bot writes them.
    pub(crate) fn of_png(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .expect("a PNG");
        let mut data = vec![0; reader.output_buffer_size().expect("it fits")];
        let info = reader.next_frame(&mut data).expect("a whole PNG");
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let grey = |p: &[u8]| p.iter().map(|n| u32::from(*n)).sum::<u32>() / 3;
        Self {
            width: info.width as usize,
            height: info.height as usize,
            pixels: data.chunks(3).map(|p| grey(p) as u8).collect(),
        }
    }

    /// Reads half blocks as a dark terminal shows them.
    pub(crate) fn of_blocks(text: &str) -> Self {
        const SCALE: usize = 6;
        let rows: Vec<Vec<bool>> = text
            .lines()
            .filter(|line| line.contains(['█', '▀', '▄']))
            .flat_map(|line| {
                let half = |lit: [char; 2]| line.chars().map(|c| lit.contains(&c)).collect();
                [half(['█', '▀']), half(['█', '▄'])]
            })
            .collect();
        let (width, height) = (rows[0].len() * SCALE, rows.len() * SCALE);
        let pixel = |i: usize| rows[i / width / SCALE][i % width / SCALE];
        Self {
            width,
            height,
            pixels: (0..width * height)
                .map(|i| if pixel(i) { 255 } else { 0 })
                .collect(),
        }
    }

    /// What the QR code in it says.
    pub(crate) fn decode(&self) -> String {
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(self.width, self.height, |x, y| {
                self.pixels[y * self.width + x]
            });
        let grids = prepared.detect_grids();
        assert_eq!(grids.len(), 1, "one code for the first decoder");
        let (_, first) = grids[0].decode().expect("the first decoder reads it");
        let (width, height) = (self.width as u32, self.height as u32);
        let kind = Some(rxing::BarcodeFormat::QR_CODE);
        let second = rxing::helpers::detect_in_luma(self.pixels.clone(), width, height, kind)
            .expect("the second decoder reads it");
        assert_eq!(first, second.getText(), "both decoders agree");
        first
    }
}
