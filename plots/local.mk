# gnuplot templates: they read prepared data and draw, nothing else.
plotsdir = $(pkgdatadir)/plots
dist_plots_DATA = plots/convergence.gp plots/gantt.gp
