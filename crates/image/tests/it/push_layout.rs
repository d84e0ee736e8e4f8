//! Images in files, as builders write them, for the tests of `push`.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use launchway_testkit::oci::{OCI_INDEX, OCI_MANIFEST, digest_of, image_manifest};
use serde_json::{Value, json};

/// The files of a layout, by name.
#[derive(Clone, Default)]
pub(crate) struct Files(pub(crate) Vec<(String, Vec<u8>)>);

impl Files {
    /// A layout with the image of one platform. Returns the digest of its manifest, too.
    pub(crate) fn image(platform: &str, content: &str) -> (Self, String) {
        let mut files = Self::default();
        let (manifest, config, layer) = image_manifest(platform, content);
        files.blob(&config);
        files.blob(&layer);
        let entry = files.described(OCI_MANIFEST, &manifest);
        let digest = entry["digest"].as_str().unwrap().to_owned();
        files.close(&[entry]);
        (files, digest)
    }

    /// A layout as `BuildKit` writes it with provenance: an index with the image and what describes it.
    pub(crate) fn attested(platform: &str, content: &str) -> (Self, String) {
        let (mut files, digest) = Self::image(platform, content);
        files.0.retain(|(name, _)| name.starts_with("blobs/"));
        let manifest = files.read(&digest).clone();
        let image = files.described(OCI_MANIFEST, &manifest);
        let mut proof = files.described(OCI_MANIFEST, b"{}");
        proof["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        proof["annotations"] = json!({ "vnd.docker.reference.type": "attestation-manifest" });
        let index =
            json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [image, proof] });
        let entry = files.described(OCI_INDEX, index.to_string().as_bytes());
        files.close(&[entry]);
        (files, digest)
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) -> String {
        let digest = digest_of(bytes);
        let name = format!("blobs/{}", digest.replace(':', "/"));
        if self.0.iter().all(|(known, _)| *known != name) {
            self.0.push((name, bytes.to_vec()));
        }
        digest
    }

    fn described(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        json!({ "mediaType": media_type, "digest": self.blob(bytes), "size": bytes.len() })
    }

    /// Writes what names the images.
    pub(crate) fn close(&mut self, entries: &[Value]) {
        let index = json!({ "schemaVersion": 2, "manifests": entries }).to_string();
        self.set("index.json", index.as_bytes());
        self.set("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    }

    pub(crate) fn set(&mut self, name: &str, bytes: &[u8]) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), bytes.to_vec()));
    }

    /// The bytes of a blob.
    pub(crate) fn read(&self, digest: &str) -> &Vec<u8> {
        let name = format!("blobs/{}", digest.replace(':', "/"));
        &self.0.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// As a tar archive.
    pub(crate) fn tar(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, content) in &self.0 {
            entry(&mut bytes, name, b'0', content);
        }
        bytes.extend_from_slice(&[0; 1024]);
        bytes
    }

    pub(crate) fn write_tar(&self, path: &Path) -> PathBuf {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().write_all(&self.tar()).unwrap();
        path.to_owned()
    }

    /// As a folder.
    pub(crate) fn write_folder(&self, path: &Path) {
        for (name, content) in &self.0 {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
    }
}

/// Appends an entry of a kind to an archive.
pub(crate) fn entry(bytes: &mut Vec<u8>, name: &str, kind: u8, content: &[u8]) {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    bytes.extend_from_slice(&block);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
}
