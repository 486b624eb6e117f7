//! A card as a PNG picture.

use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Transform};

use super::scene::{Colour, Path, Scene, Step};

/// Millimetres in an inch, and metres.
const MM_PER_INCH: f32 = 25.4;
const MM_PER_METRE: f32 = 1000.0;

/// Draws a scene with so many dots per inch, and says so in the file, so that it prints at its size.
#[must_use]
pub fn write(scene: &Scene, dpi: f32) -> Vec<u8> {
    let scale = dpi / MM_PER_INCH;
    let pixels = |mm: f32| ((mm * scale).round() as u32).max(1);
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    let Some(mut pixmap) = Pixmap::new(width, height) else {
        return Vec::new();
    };
    // What a scene covers only half, at the last row and column, is paper, too.
    pixmap.fill(Color::WHITE);
    for item in &scene.items {
        let (path, Colour(r, g, b)) = item.outline();
        let Some(path) = built(&path) else { continue };
        let mut paint = Paint::default();
        paint.set_color_rgba8(r, g, b, 255);
        pixmap.fill_path(
            &path,
            &paint,
            FillRule::Winding,
            Transform::from_scale(scale, scale),
            None,
        );
    }
    // Everything is opaque, so the alpha channel says nothing.
    let rgb: Vec<u8> = pixmap
        .pixels()
        .iter()
        .flat_map(|p| [p.red(), p.green(), p.blue()])
        .collect();
    let per_metre = (scale * MM_PER_METRE).round() as u32;
    encoded(width, height, per_metre, &rgb).unwrap_or_default()
}

fn encoded(
    width: u32,
    height: u32,
    per_metre: u32,
    rgb: &[u8],
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(file)
}

fn built(path: &Path) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for step in &path.0 {
        match *step {
            Step::Move((x, y)) => builder.move_to(x, y),
            Step::Line((x, y)) => builder.line_to(x, y),
            Step::Quad((a, b), (x, y)) => builder.quad_to(a, b, x, y),
            Step::Cubic((a, b), (c, d), (x, y)) => builder.cubic_to(a, b, c, d, x, y),
            Step::Close => builder.close(),
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share::scene::Item;

    #[test]
    fn the_last_row_and_column_are_paper() {
        let paper = Path::rectangle((0.0, 0.0), (10.5, 10.5));
        let scene = Scene {
            width: 10.5,
            height: 10.5,
            items: vec![Item::Shape(paper, Colour(255, 255, 255))],
            title: String::new(),
            link: String::new(),
        };
        let file = write(&scene, MM_PER_INCH);
        let decoder = png::Decoder::new(std::io::Cursor::new(file));
        let mut reader = decoder.read_info().expect("a PNG file");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(pixels.len(), 11 * 11 * 3);
        assert!(pixels.iter().all(|value| *value == 255), "{pixels:?}");
    }
}
