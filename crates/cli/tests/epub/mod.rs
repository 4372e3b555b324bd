//! EPUBs for tests.

use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes an EPUB of these documents, in this order, with a table of contents.
pub fn epub(path: &Path, documents: &[(&str, &str)], contents: &str) {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
    let mut add = |name: &str, text: &str| {
        archive.start_file(name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    };
    add("mimetype", "application/epub+zip");
    add(
        "META-INF/container.xml",
        "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container' version='1.0'><rootfiles><rootfile \
         full-path='OEBPS/book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>",
    );
    let item = |(name, _): &(&str, &str)| {
        format!("<item id='{name}' href='{name}.xhtml' media-type='application/xhtml+xml'/>")
    };
    // The manifest has another order than the book.
    let items: String = documents.iter().rev().map(item).collect();
    let spine: String = documents.iter().map(|(name, _)| format!("<itemref idref='{name}'/>")).collect();
    add(
        "OEBPS/book.opf",
        &format!(
            "<package xmlns='http://www.idpf.org/2007/opf' version='3.0' unique-identifier='id'><metadata \
             xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:identifier id='id'>x</dc:identifier><dc:title>The \
             Book</dc:title><dc:creator>A. Writer</dc:creator><dc:language>en</dc:language></metadata><manifest><item \
             id='nav' href='nav.xhtml' properties='nav' media-type='application/xhtml+xml'/>{items}</manifest><spine><itemref \
             idref='nav'/>{spine}</spine></package>"
        ),
    );
    add(
        "OEBPS/nav.xhtml",
        &format!(
            "<html xmlns='http://www.w3.org/1999/xhtml' xmlns:epub='http://www.idpf.org/2007/ops'><body><nav \
             epub:type='toc'><ol>{contents}</ol></nav></body></html>"
        ),
    );
    for (name, text) in documents {
        let style = "<head><title>not read</title><style>p { color: red }</style><script>alert(1)</script></head>";
        let document = format!("<html xmlns='http://www.w3.org/1999/xhtml'>{style}<body>{text}</body></html>");
        add(&format!("OEBPS/{name}.xhtml"), &document);
    }
    archive.finish().unwrap();
}
