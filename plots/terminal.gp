# How figures are drawn, before the template that draws one. Variables:
#   FORMAT        'svg', 'pdf' or 'png'
#   OUTPUT        the file
#   WIDTH HEIGHT  of the figure [cm]
# Everything is 8 pt at the size of the paper's column; raster figures are drawn for print, at 300 dots per inch.
FONT = 'Liberation Sans'
PT = 8
SCREEN_DPI = 96.0
PRINT_DPI = 300.0
dots(cm, dpi) = floor(cm / 2.54 * dpi + 0.5)
if (FORMAT eq 'pdf') {
  set terminal pdfcairo noenhanced color font FONT.sprintf(',%d', PT) fontscale 0.75 size WIDTH cm, HEIGHT cm
}
if (FORMAT eq 'png') {
  scale = PRINT_DPI / SCREEN_DPI
  set terminal pngcairo noenhanced color font FONT.sprintf(',%d', PT) fontscale scale linewidth scale pointscale scale \
    dashlength 0.6 size dots(WIDTH, PRINT_DPI), dots(HEIGHT, PRINT_DPI)
}
if (FORMAT eq 'svg') {
  set terminal svg noenhanced font FONT.sprintf(',Arial,Helvetica,sans-serif,%.2f', PT * SCREEN_DPI / 72) background '#ffffff' \
    size dots(WIDTH, SCREEN_DPI), dots(HEIGHT, SCREEN_DPI)
}
set output OUTPUT
