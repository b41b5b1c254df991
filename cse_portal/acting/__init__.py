"""Who may do what (`permissions`), and the one door by which every act passes (`door`)."""
