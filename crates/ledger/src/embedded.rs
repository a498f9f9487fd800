//! The data files, embedded at compile time. A test compares these lists with the folders.

/// A file's name and text.
pub(crate) type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal; $($name:literal,)+) => {
        &[$((
            concat!("data/", $folder, "/", $name),
            include_str!(concat!("../../../data/", $folder, "/", $name)),
        ),)+]
    };
}

/// `data/ledger/*.toml`, by name.
pub(crate) const LEDGER: &[File] = files! {
    "ledger";
    "ageing.toml",
    "biogenesis.toml",
    "cargo.toml",
    "cell_motility.toml",
    "clinical.toml",
    "disease.toml",
    "dose.toml",
    "epigenetics.toml",
    "gel_and_wound.toml",
    "melanoma.toml",
    "pharmacokinetics.toml",
    "response.toml",
    "safety.toml",
    "secretion.toml",
    "size.toml",
    "skin_kinetics.toml",
    "skin_models.toml",
    "skin_structure.toml",
    "sources.toml",
    "transport.toml",
    "uptake.toml",
    "wound_healing.toml",
};

/// `data/targets/*.toml`, by name.
pub(crate) const TARGETS: &[File] = files! {
    "targets";
    "T02_plev_punch_null.toml",
    "T03_pep_donor_site.toml",
    "T05_dbdb_control_d13.toml",
    "T06a_wound_scar_time_controls.toml",
    "T09_iv_biexponential.toml",
    "T11_explant_exit.toml",
    "T13_aged_rat_collagen_dose.toml",
    "T16_blood_ev_balance.toml",
    "T17_mirna_stoichiometry.toml",
    "T18_psoriasis_kinetics.toml",
    "T20_attachment_age.toml",
    "T21_tube_adsorption.toml",
    "T22_pc3_size.toml",
    "T23_meta_effects.toml",
    "T25_vlu_control.toml",
    "T26b_dfu_active_comparators.toml",
    "T27_single_cell_secretion.toml",
    "T28_safety_rates.toml",
    "T30_fusion_durations.toml",
    "T31_msc_bioreactor_yield.toml",
    "T32_senescence_age.toml",
    "T33_ctdna_braf.toml",
    "T35_rna_col3a1.toml",
    "T37_rna_il6.toml",
    "T40_rna_mmp9.toml",
    "T41_rna_tgfb1.toml",
    "T42_rna_tnf.toml",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn on_disk(folder: &str) -> Vec<String> {
        let path = format!("{}/../../data/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<String> = std::fs::read_dir(path)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".toml"))
            .map(|name| format!("data/{folder}/{name}"))
            .collect();
        names.sort();
        names
    }

    /// A file that is added to the folder and forgotten here would silently be missing from the program.
    #[test]
    fn every_file_of_the_folders_is_embedded() {
        for (folder, files) in [("ledger", LEDGER), ("targets", TARGETS)] {
            assert_eq!(files.iter().map(|f| f.0.to_owned()).collect::<Vec<_>>(), on_disk(folder));
        }
    }
}
