"""Accessible names that say more than what is seen: what a screen reader reads."""

from tests.journeys.words import PLAY_THE_ANSWER, Said

AS_A_LETTER = Said("Voir comme dans un logiciel de courriel", "See it as a mail program shows it")
ADD_A_PROXY = Said("Ajouter une procuration", "Add a proxy")
EDIT_THE_RIGHTS = Said("Modifier les droits d’accès", "Edit the access rights")
PLAY_FOR_MELCCFP = Said(f"{PLAY_THE_ANSWER.fr} (MELCCFP)", f"{PLAY_THE_ANSWER.en} (MELCCFP)")

DESCRIBED = "IQEA – exploitant"
