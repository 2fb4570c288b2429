"""Streamlit: a fragment that runs each second: `streamlit run streamlit_table.py`."""

import random

import pandas as pd
import streamlit as st
from rows import change, first_rows

if "rows" not in st.session_state:
    st.session_state.rows, st.session_state.chosen = first_rows(), random.Random(1)


@st.fragment(run_every=1.0)
def table() -> None:
    """The table."""
    change(st.session_state.rows, st.session_state.chosen)
    st.dataframe(pd.DataFrame(st.session_state.rows))


table()
