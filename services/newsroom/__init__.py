"""The sample newsroom: invented outlets on a local web server, publishing along a timeline."""
