"""From rows to a manifest: columns, targets, groups, splits, leaks."""
