"""Who may do what (`permissions`), and the check that every action makes first (`door`)."""
