//! Tables that others write, read as data.
//!
//! * [`nta`]: histograms of nanoparticle tracking, as the instruments' programs export them.
//! * [`physicell`]: projects of PhysiCell that are XML and CSV.
//! * [`sbml`]: reaction networks in SBML.
//!
//! No default is invented: a column whose unit isn't said is a mistake, told with file, line and column.

mod csv;
pub mod nta;
pub mod physicell;
pub mod sbml;
mod xml;
