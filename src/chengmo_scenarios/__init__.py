"""The scenarios that come with Chengmo: one folder, one decision."""
