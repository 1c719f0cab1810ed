//! Tables for people: aligned columns under a heading.

/// Rows as lines, with two spaces between the columns; the last column has no end. Text from outside
/// must be safe for a terminal already.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let shown =
            table(&[row(["ID", "AUTH", "é"]), row(["a-long-id", "on", ""]), row(["ü", "off", "end"])]);
        assert_eq!(shown, "ID         AUTH  é\na-long-id  on\nü          off   end\n");
        assert_eq!(table::<2>(&[]), "");
    }
}
