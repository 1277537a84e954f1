# gnuplot templates: they read prepared data and draw, nothing else.
plotsdir = $(pkgdatadir)/plots
dist_plots_DATA = plots/terminal.gp plots/convergence.gp plots/gantt.gp plots/strategies.gp plots/bandwidth.gp plots/claim.gp
