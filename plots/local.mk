# gnuplot templates: they read prepared data and draw, nothing else.
plotsdir = $(pkgdatadir)/plots
dist_plots_DATA = plots/terminal.gp plots/style.gp plots/lines.gp plots/bars.gp plots/ratios.gp plots/gantt.gp plots/claim.gp plots/atoms.gp \
  plots/communities.gp plots/chains.gp
