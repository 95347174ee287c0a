"""Excel workbooks made by hand, so that a test does not trust a library that guesses."""
import zipfile
from xml.sax.saxutils import escape

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
# Styles 0 to 4: general, 14 (a date), 22 (date and time), yyyy-mm-dd, [h]:mm (a duration).
STYLES = (f'<styleSheet {NS}><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
          '<numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/>'
          '<xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>')


def cell(place, value, style=0, kind=None):
    if kind is None and isinstance(value, bool):
        kind, value = "b", int(value)
    if kind is None and isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{place}" s="{style}"' + (f' t="{kind}"' if kind else "") + f"><v>{value}</v></c>"


def row(number, *cells):
    return f'<row r="{number}">{"".join(cells)}</row>'


def write_workbook(path, sheets, shared=(), is_since_1904=False, more=""):
    """`sheets` are names and the XML of their rows."""
    links = "".join(f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in range(len(sheets)))
    names = "".join(f'<sheet name="{escape(name)}" sheetId="{i + 1}" r:id="r{i}"/>' for i, name in enumerate(sheets))
    epoch = '<workbookPr date1904="1"/>' if is_since_1904 else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", TYPES)
        book.writestr("xl/workbook.xml", f'<workbook {NS} xmlns:r="{OFFICE}">{epoch}<sheets>{names}</sheets></workbook>')
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="x">{links}</Relationships>')
        book.writestr("xl/styles.xml", STYLES)
        book.writestr("xl/sharedStrings.xml", f'<sst {NS}>' + "".join(f"<si>{text}</si>" for text in shared) + "</sst>")
        for i, rows in enumerate(sheets.values()):
            book.writestr(f"xl/worksheets/sheet{i}.xml", f'<worksheet {NS}><sheetData>{rows}</sheetData>{more}</worksheet>')
