"""The tutorial: each chapter's files are run as the chapter says, by real programs."""
