# What the page of `fugue report` is made with; it holds them, so that it needs nothing beside it.
reportdir = $(pkgdatadir)/report
dist_report_DATA = report/style.css report/table.js
